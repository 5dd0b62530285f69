import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { describe, expect, test } from "vitest"
import { fitSteps, fittedNames, tableWeights } from "../../src/cluster/calibrate.ts"
import { constantsReport, fittedConstants, predictionInterval } from "../../src/cluster/fitted.ts"
import { layoutOf } from "../../src/cluster/layout.ts"
import { measuredCollectives, measuredNetwork, measuredSteps } from "../../src/cluster/measured.ts"
import { preset } from "../../src/cluster/presets.ts"
import { ratesOf } from "../../src/cluster/rates.ts"
import { fitConstants, generator, quantile, resample, solve } from "../../src/cluster/regression.ts"
import { stepTime } from "../../src/cluster/step.ts"
import {
  accuracyOf,
  chosenLayouts,
  collectiveErrors,
  halfHeldOut,
  leaveOneNetworkOut,
  stepErrors,
} from "../../src/cluster/validation.ts"
import { findMachine } from "../../src/hardware/index.ts"

const folder = fileURLToPath(new URL("../../../shared/data/planner", import.meta.url))
const present = existsSync(folder)
const a100 = findMachine("a100")

describe("fitting", () => {
  test("finds the constants that made the observations", () => {
    const x = Array.from({ length: 40 }, (_, i) => 1 + i)
    const law = ([a, b]: readonly number[]) => x.map((value) => a! + b! * value)
    const truth = law([0.3, 0.02])
    const found = fitConstants(
      (constants) => law(constants).map((value, i) => Math.log(value / truth[i]!)),
      [1, 1],
    )
    expect(found[0]).toBeCloseTo(0.3, 5)
    expect(found[1]).toBeCloseTo(0.02, 5)
  })

  test("is not moved by a few runs that went wrong", () => {
    const residuals = ([a]: readonly number[]) =>
      Array.from({ length: 30 }, (_, i) => Math.log(a! / (i < 3 ? 3 : 1)))
    const [found] = fitConstants(residuals, [2], { robustness: 0.01 })
    expect(found).toBeCloseTo(1, 2)
  })

  test("solves linear systems and says when they have no one answer", () => {
    expect(
      solve(
        [
          [0, 2],
          [3, 0],
        ],
        [4, 9],
      ),
    ).toEqual([3, 2])
    expect(() =>
      solve(
        [
          [1, 1],
          [1, 1],
        ],
        [1, 1],
      ),
    ).toThrow(/cannot be told apart/)
  })

  test("recovers the planner's own constants from its own predictions", () => {
    const steps = [1, 2, 4, 8].flatMap((microBatch) =>
      [1024, 4096, 8192].map((hidden) => {
        const network = measuredNetwork(16, hidden, 16, 1024)
        const layout = layoutOf({
          globalBatch: 64,
          microBatch,
          attention: "materialised",
          precision: "float16",
          fused: false,
        })
        const seconds = stepTime(network, layout, ratesOf(a100, "float16", fittedConstants)).total
        return { network, layout, seconds, networkName: "", profile: `${microBatch}/${hidden}` }
      }),
    )
    const start = { ...fittedConstants, tailWaves: 1, memoryFraction: 0.9, hostSeconds: 2e-3 }
    const found = fitSteps(steps, a100, start)
    for (const name of fittedNames) expect(found[name] / fittedConstants[name]).toBeCloseTo(1, 2)
  })

  test("draws the same resamples from the same seed, each as large as the whole", () => {
    const groups = ["a", "a", "b", "c", "d"]
    expect(resample(groups, generator(3))).toEqual(resample(groups, generator(3)))
    const [, , ...single] = resample(groups, generator(3))
    const whole = resample(groups, generator(3))[0]! + single.reduce((sum, n) => sum + n, 0)
    expect(whole).toBe(4)
    expect(quantile([3, 1, 2], 0.5)).toBe(2)
    expect(tableWeights([[1, 2], [3]])).toEqual([0.75, 0.75, 1.5])
  })
})

describe("what a plan says of its constants", () => {
  test("each has a band around it, a provenance and a source", () => {
    for (const constant of Object.values(constantsReport(a100))) {
      expect(constant.low).toBeLessThanOrEqual(constant.value)
      expect(constant.high).toBeGreaterThanOrEqual(constant.value)
      expect(constant.source).not.toBe("")
    }
  })

  test("intervals are wider for machines and networks that nobody measured", () => {
    const gpt3 = preset("gpt3-175b")
    const known = predictionInterval(a100, gpt3)
    const unknown = predictionInterval(findMachine("rtx 4090"), gpt3)
    const other = predictionInterval(a100, preset("alexnet"))
    expect(known.low).toBeLessThan(1)
    expect(known.high).toBeGreaterThan(1)
    expect(unknown.high).toBeGreaterThan(known.high)
    expect(other.low).toBeLessThan(known.low)
  })

  test("a table with a hole in it is refused with the column's name", () => {
    expect(() => measuredCollectives("device,gpus,bytes,microseconds\na100,2,,5")).toThrow(
      'column bytes holds ""',
    )
  })
})

const why = present ? "" : " (skipped: no measured tables beside the repository)"
const read = (name: string) => readFileSync(`${folder}/${name}`, "utf8")

describe.skipIf(!present)(`against measured runs${why}`, () => {
  const load = () => ({
    multi: measuredSteps(read("measured-a100-multi-node.csv"), "full"),
    one: measuredSteps(read("measured-a100-one-node.csv"), "none"),
    megatron: measuredSteps(read("megatron-2021-table-1.csv"), "full"),
  })
  const mean = (errors: readonly number[]) => accuracyOf(errors).meanAbsolute

  test("Megatron's ten runs of 2021 are met within 5 % by constants fitted elsewhere", () => {
    expect(mean(stepErrors(load().megatron, a100, fittedConstants))).toBeLessThan(0.05)
  })

  test("a network that the fit never saw is met within 10 % on 64 to 512 devices", () => {
    const { multi, one } = load()
    const left = [...leaveOneNetworkOut(multi, one, a100, fittedConstants).values()].map(mean)
    expect(left).toHaveLength(4)
    expect(left.reduce((a, b) => a + b, 0) / 4).toBeLessThan(0.1)
  })

  test("half of the one-node runs are met within 8 % by a fit to the others", () => {
    const { multi, one } = load()
    for (const by of ["row", "profile"] as const)
      expect(mean(halfHeldOut(one, multi, a100, fittedConstants, by, 1))).toBeLessThan(0.08)
  })

  test("all-reduce times are met within 3 % by a fit to every second one", () => {
    const rows = measuredCollectives(read("measured-allreduce.csv"))
    for (const [device, name] of [
      ["a100", "a100"],
      ["v100", "v100"],
    ] as const) {
      const own = rows.filter((row) => row.device === device)
      const datasheet = findMachine(name).links[0]!.bytesPerSecond.value
      expect(mean(collectiveErrors(own, datasheet))).toBeLessThan(0.03)
    }
  })

  test("the layout chosen among each network's measured ones is within 3 % of the best", () => {
    const chosen = [...chosenLayouts(load().multi, a100, fittedConstants).values()]
    const losses = chosen.map(({ loss }) => loss)
    expect(Math.max(...losses)).toBeLessThan(0.03)
  })
})
