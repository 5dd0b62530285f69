import { findMachine, peakOf, spaceOf } from "../hardware/index.ts"
import { spacetimeFloor, spacetimeVolume, YEAR_SECONDS } from "../physics/index.ts"
import { parametersOf, runFlop } from "./count.ts"
import { tokenBudget } from "./plan.ts"
import { preset } from "./presets.ts"
import { bestLayout } from "./search.ts"
import { bytes, count, duration, percent, short } from "./units.ts"

/** One number of the essay beside what it is today, and where the conventions differ. */
export type EssayLine = {
  readonly claim: string
  readonly essay: string
  readonly reproduced: string
  readonly today: string
  readonly convention: string
}

/** GPT-3's training operations as its paper counts them: 6 for each parameter and token. */
export const GPT3_OPERATIONS = 3.14e23
/** A V100 (PCIe) outside its tensor cores, float16. */
export const V100_PLAIN_PEAK = 28e12

function planned(network: string, machine: string, devices: number, tokens: number) {
  const target = preset(network)
  return bestLayout({
    network: target,
    machine: findMachine(machine),
    devices,
    budget: tokenBudget(target, tokens),
  })
}

function daysOn(network: string, machine: string, devices: number, tokens: number): string {
  const found = planned(network, machine, devices, tokens)
  const name = findMachine(machine).name
  if (found === undefined) return `does not fit ${count(devices)} × ${name}`
  return `${duration(found.cost.wallSeconds)} on ${count(devices)} × ${name}`
}

/** Every number of the essay, reproduced from its own convention and set beside hardware of today. */
export function essay(): readonly EssayLine[] {
  const gpt3 = preset("gpt3-175b")
  const tokens = 300e9
  const years = GPT3_OPERATIONS / V100_PLAIN_PEAK / YEAR_SECONDS
  const v100 = findMachine("v100 pcie")
  const tensor = peakOf(v100, "float16").perSecond.value
  const counted = runFlop(gpt3, tokens)
  const b200 = findMachine("b200")
  const b200Peak = peakOf(b200, "bfloat16").perSecond.value
  const parameters = parametersOf(gpt3).total
  const alexnet = preset("alexnet")
  const images = 90 * 1.2e6
  const alexnetFlop = runFlop(alexnet, images)
  const gtx = findMachine("gtx 580")
  const gtxPeak = peakOf(gtx, "float32").perSecond.value
  const a100 = findMachine("a100")
  const cluster = planned("gpt3-175b", "a100", 1024, tokens)
  const board = spaceOf(v100, "board").value
  const density = peakOf(a100, "bfloat16").perSecond.value / spaceOf(a100, "chassis").value
  const floor = spacetimeFloor.limit({
    operations: counted,
    operationsPerCubicMetreSecond: density,
  })
  const h100Peak = peakOf(findMachine("h100"), "bfloat16").perSecond.value
  return [
    {
      claim: "GPT-3 takes 3.14 × 10²³ operations",
      essay: "3.14e23",
      reproduced: `6·N·D = 6·${short(parameters)}·300e9 = ${short(6 * parameters * tokens)}`,
      today: `${short(counted)} with attention and logits`,
      convention:
        "6 operations for each parameter and token leave out attention's score products; embeddings are counted though they are looked up, and the output projection is one of them",
    },
    {
      claim: "one V100 would take 355 years",
      essay: "355 years",
      reproduced: `3.14e23/28e12 FLOP/s = ${years.toFixed(0)} years`,
      today: `${duration(GPT3_OPERATIONS / tensor)} at its tensor peak; ${duration(GPT3_OPERATIONS / b200Peak)} on one ${b200.name} at peak, had it the memory`,
      convention: `28 TFLOP/s is the V100 PCIe's float16 peak without tensor cores; with them it is ${short(tensor / 1e12)} TFLOP/s, and neither is ever fully reached`,
    },
    {
      claim: "its parameters take 700 GB",
      essay: "700 GB",
      reproduced: `175e9 × 4 bytes = ${bytes(175e9 * 4)}`,
      today: `${bytes(parameters * 2)} of bfloat16 weights; ${bytes(parameters * 16)} with gradients and Adam`,
      convention:
        "700 GB is float32 weights alone; training also holds gradients and two moments, 16 bytes for each parameter, and activations",
    },
    {
      claim: "a cluster takes months, by cutting each matrix product and the layers",
      essay: "months",
      reproduced: `355 years/1,024 V100 at 28 TFLOP/s = ${duration(GPT3_OPERATIONS / V100_PLAIN_PEAK / 1024)}`,
      today: [
        daysOn("gpt3-175b", "v100", 1024, tokens),
        daysOn("gpt3-175b", "a100", 1024, tokens),
        daysOn("gpt3-175b", "h100", 1024, tokens),
        daysOn("gpt3-175b", "gb200", 1024, tokens),
      ].join("; "),
      convention:
        "the essay divides evenly; the plan pays for messages, the pipeline's bubble, memory bandwidth and failures",
    },
    {
      claim: "memory and threads are both physical space; a computation has a spacetime volume",
      essay: "a volume in space and time",
      reproduced: `355 years of one ${v100.name} board: ${short(board)} m³ × ${short(years * YEAR_SECONDS)} s = ${short(spacetimeVolume(board, years * YEAR_SECONDS))} m³·s`,
      today:
        cluster === undefined
          ? "the cluster of today does not hold it"
          : `${short(cluster.cost.spacetime)} m³·s in the chassis of 1,024 ${a100.name}, whose floor F/ρ is ${short(floor)} m³·s`,
      convention:
        "the board, its share of the chassis, or of the floor: the choice changes the volume by more than ten times and is always named; gravity changes its tenth digit",
    },
    {
      claim: "AlexNet took two GPUs five to six days",
      essay: "not in the essay; its paper says 5 to 6 days",
      reproduced: `${short(alexnetFlop)} FLOP at the peak of two ${gtx.name} = ${duration(alexnetFlop / (2 * gtxPeak))}, so ${percent(alexnetFlop / (2 * gtxPeak) / (5.5 * 86400))} of it was reached`,
      today: `${duration(alexnetFlop / h100Peak)} at the peak of one H100`,
      convention:
        "90 passes over 1.2 million images, a multiply–add as two operations, the backward pass as twice the forward",
    },
    {
      claim: "the Transformer of 2017 took eight P100 twelve hours (base) and 3.5 days (big)",
      essay: "not in the essay; its paper says 12 hours and 3.5 days",
      reproduced: `100,000 × 0.4 s = ${duration(100_000 * 0.4)}; 300,000 × 1.0 s = ${duration(300_000)}`,
      today: `its "3.3e18 FLOPs" are 12 h × 8 × 9.5 TFLOP/s = ${short(12 * 3600 * 8 * 9.5e12)}; counted, ${short(runFlop(preset("transformer-base"), 100_000 * 25_000))}`,
      convention:
        "the paper's FLOPs are device-seconds at a sustained rate, not operations; both counts are given",
    },
  ]
}
