// Writes docs/spacetime.svg: what the product of 2²⁰ numbers takes of an A100, in threads and
// seconds, and what forbids less. Its figures are those of `spacetime` and of the laws in src/physics.

import { writeFileSync } from "node:fs"
import { findMachine, peakOf } from "../src/hardware/index.ts"
import { type Array, f32, np, price } from "../src/index.ts"
import { type Spacetime, spacetime } from "../src/price/index.ts"
import { isSymbolic, type Size } from "../src/size/index.ts"
import { lawsSvg, powered } from "./laws-picture.ts"

const machine = findMachine("A100")
const product = price((x: Array) => np.prod(x), f32(2 ** 20))
const lanes = machine.threads.lanes?.value ?? 1

/** The picture. */
export function spacetimePicture(): string {
  const counts = [...globalThis.Array.from({ length: 13 }, (_, i) => 2 ** i), lanes]
  const runs = counts.map((threads) => spacetime(product, machine, { space: "board", threads }))
  const step = lanes / peakOf(machine, "float32", "plain").perSecond.value
  const moving = number(product.traffic) / machine.memoryBytesPerSecond.value
  const far = 2 ** 17
  const level = (seconds: number) =>
    [
      [1, seconds],
      [far, seconds],
    ] as const
  const light = runs.map(
    ({ threads, lightCrossing }) => [threads, lightCrossing?.limit ?? 0] as const,
  )
  return lawsSvg({
    title: "The product of 2²⁰ numbers on an A100: threads buy time until memory is the limit",
    space: {
      name: "threads",
      low: 1,
      high: far,
      ticks: [1, 10, 100, 1000, 10_000, 100_000].map((n) => [n, n.toLocaleString("en")]),
    },
    time: {
      low: 1e-11,
      high: 2e-3,
      ticks: [
        [1e-3, "1 ms"],
        [1e-4, "100 µs"],
        [1e-5, "10 µs"],
        [1e-6, "1 µs"],
        [1e-7, "100 ns"],
        [1e-8, "10 ns"],
        [1e-9, "1 ns"],
        [1e-10, "100 ps"],
      ],
    },
    laws: [
      { name: "lanes: it has 6,912", colour: "#888888", from: lanes, at: [8200, 3e-4] },
      {
        name: "work, shared by threads",
        colour: "#0072b2",
        floor: [
          [1, number(product.work) * step],
          [far, (number(product.work) * step) / far],
        ],
        at: [1.4, 1e-6],
      },
      {
        name: `traffic: ${(number(product.traffic) / 1e6).toFixed(1)} MB through memory`,
        colour: "#e69f00",
        floor: level(moving),
        at: [90, 4e-7],
      },
    ],
    hidden: [
      {
        name: `span: ${number(product.span)} steps that wait on each other`,
        colour: "#009e73",
        floor: level(number(product.span) * step),
        at: [1.4, 1.9e-8],
      },
      {
        name: "causal diamond: so much work between two events, at this density",
        colour: "#d55e00",
        floor: level(runs[0]?.causalDiamond?.limit ?? 0),
        at: [1.4, 2e-9],
      },
      {
        name: "light across what is filled",
        colour: "#cc79a7",
        floor: light,
        at: [140, 2.1e-11],
      },
    ],
    points: runs.map((run) => ({ at: [run.threads, run.seconds], ...described(run) })),
    notes: [
      "Beside the points: spacetime volume. As long as each thread takes its share off the time, it stays what it is;",
      "where memory is the limit, each further thread adds to it. Dashed: laws that others hide.",
    ],
  })
}

function described({ threads, seconds, cubicMetreSeconds, joules }: Spacetime) {
  const volume = `${powered(cubicMetreSeconds.total)} m³·s`
  const about = `${threads} threads: ${seconds.toPrecision(3)} s, ${volume}, at most ${joules.toPrecision(3)} J`
  const labelled = [1, 16, lanes].includes(threads)
  if (!labelled) return { about }
  const shift = threads === lanes ? ([-118, -12] as const) : ([10, -8] as const)
  return { about, label: volume, shift }
}

function number(size: Size): number {
  if (isSymbolic(size)) throw new Error(`the picture needs numbers: ${size}`)
  return size
}

if (import.meta.main) writeFileSync("docs/spacetime.svg", spacetimePicture())
