import { spaceOf, wattsOf } from "../hardware/index.ts"
import { metricFactor } from "../physics/index.ts"
import { parametersOf, trainingFlopOf } from "./count.ts"
import { leastSteps, leastTokens } from "./critical-batch.ts"
import { microBatchesOf } from "./layout.ts"
import type { Network } from "./network.ts"
import { tokensOf, unitOf } from "./network.ts"
import type { Plan } from "./plan.ts"
import type { Site } from "./run.ts"
import { defaultSite } from "./run.ts"
import { bytes, count, duration, energy, money, percent, short } from "./units.ts"

/** One formula with its numbers filled in. */
export type Explanation = {
  readonly of: string
  readonly formula: string
  readonly filled: string
}

function parameterFormula(network: Network): Explanation {
  const total = parametersOf(network).total
  const of = "parameters"
  if (network.kind !== "transformer" || network.input.kind !== "tokens" || network.experts)
    return { of, formula: "sum over layers", filled: `${total.toLocaleString("en-US")}` }
  const { layers: L, hidden: h, input } = network
  const plain =
    !network.gated && network.keyValueHeads === network.heads && network.bias && input.tied
  if (!plain) {
    return {
      of,
      formula: "L·(attention + feed-forward + norms) + tables",
      filled: `${L} layers of width ${h}: ${total.toLocaleString("en-US")}`,
    }
  }
  return {
    of,
    formula: "12Lh² + 13Lh + (V+s)h (2h more with a final norm)",
    filled: `12·${L}·${h}² + 13·${L}·${h} + (${input.vocabulary}+${input.positions})·${h}${network.finalNorm ? ` + 2·${h}` : ""} = ${total.toLocaleString("en-US")}`,
  }
}

/** Every formula of a plan with its numbers, in the order in which they follow from each other. */
export function explain(plan: Plan, site: Site = defaultSite): readonly Explanation[] {
  const { network, machine, devices, budget, found, step, memory } = plan
  const perSample = trainingFlopOf(network)
  const tokens = tokensOf(network)
  const parts: Explanation[] = [
    parameterFormula(network),
    {
      of: "FLOP of one sample",
      formula: "3 × forward (every matrix product twice more for its gradients)",
      filled: `3 × ${short(perSample / 3)} = ${short(perSample)}`,
    },
    {
      of: "critical batch",
      formula: unitOf(network) === "image" ? "20,000 images" : "22.9·D^0.47 tokens",
      filled:
        unitOf(network) === "image"
          ? `${count(budget.criticalBatch)} images`
          : `22.9·${short(budget.tokens)}^0.47 = ${count(budget.criticalBatch)} tokens`,
    },
    {
      of: "least tokens and steps",
      formula: "E_min = D/(1 + B_ref/B_crit), S_min = E_min/B_crit",
      filled: `${count(budget.tokens)}/(1 + ${count(budget.referenceBatch)}/${count(budget.criticalBatch)}) = ${count(leastTokens(budget))} tokens, ${count(leastSteps(budget))} steps`,
    },
  ]
  if (found === undefined || step === undefined || memory === undefined) return parts
  const { layout, cost, stepSeconds } = found
  const { time } = step
  const peak = plan.peak ?? Number.NaN
  const batch = layout.globalBatch * tokens
  const messages = time.tensor + time.context + time.expert + time.pipeline + time.data
  parts.push(
    {
      of: "memory of a device",
      formula: "weights + gradients + optimiser + activations + transient + runtime",
      filled: `${[memory.weights, memory.gradients, memory.optimizer, memory.activations, memory.transient, memory.runtime].map(bytes).join(" + ")} = ${bytes(memory.total)} of ${bytes(machine.memoryBytes.value)}`,
    },
    {
      of: "micro-batches of a step",
      formula: "m = B/(d·b)",
      filled: `${layout.globalBatch}/(${layout.data}·${layout.microBatch}) = ${microBatchesOf(layout)}`,
    },
    {
      of: "one step",
      formula:
        "products + streaming + messages + bubble + slowest device + optimiser + host + rest",
      filled: `${[time.products, time.streaming, messages, time.bubble, time.slowest, time.optimizer, time.host, time.fixed + time.offload].map(duration).join(" + ")} = ${duration(stepSeconds)}`,
    },
    {
      of: "model FLOP utilisation",
      formula: "B·F/(n·peak·T_step)",
      filled: `${layout.globalBatch}·${short(step.modelFlop / layout.globalBatch)}/(${devices}·${short(peak)}·${short(stepSeconds)}) = ${percent(step.mfu)}`,
    },
    {
      of: "steps",
      formula: "S = S_min·(1 + B_crit/B)",
      filled: `${count(leastSteps(budget))}·(1 + ${count(budget.criticalBatch)}/${count(batch)}) = ${count(cost.steps)}`,
    },
    {
      of: "failures",
      formula: "stretch = M·e^(R/M)·(e^((τ+δ)/M) − 1)/τ (Daly 2006)",
      filled: `M = ${duration((site.hoursBetweenFailures * 3600) / devices)}, δ = ${duration(cost.saveSeconds)}, τ = ${duration(cost.saveIntervalSeconds)}: ${short(cost.stretch)}`,
    },
    {
      of: "wall time",
      formula: "S·T_step·stretch",
      filled: `${count(cost.steps)}·${short(stepSeconds)} s·${short(cost.stretch)} = ${duration(cost.wallSeconds)}`,
    },
    {
      of: "energy",
      formula: "n·P·T",
      filled: `${count(devices)}·${short(wattsOf(machine).value)} W·${duration(cost.wallSeconds)} = ${energy(cost.joules)}`,
    },
    {
      of: "money",
      formula: cost.dollarsFrom === "rent" ? "n·T·rent" : "n·T·price/lifetime + electricity",
      filled: Number.isNaN(cost.dollars)
        ? "no price is known for this machine"
        : `${count(cost.deviceHours)} device-hours = ${money(cost.dollars)}`,
    },
    {
      of: "spacetime volume",
      formula: "v = n·V·T·√−g",
      filled: `${count(devices)}·${short(spaceOf(machine, site.space).value)} m³ (${site.space})·${short(cost.wallSeconds)} s·(1 − ${(1 - metricFactor(site.potential)).toExponential(2)}) = ${short(cost.spacetime)} m³·s`,
    },
  )
  return parts
}
