// Writes docs/verdict.svg: GPT-3's training on H100s, devices and wall time, and which law decides
// where it is impossible. Its figures are those of the planner's frontier and of its rules.

import { writeFileSync } from "node:fs"
import {
  type FrontierPoint,
  frontierOf,
  physicalLimits,
  presets,
  tokenBudget,
  verdictOf,
} from "../src/cluster/index.ts"
import { findMachine } from "../src/hardware/index.ts"
import { type Forbidden, lawsSvg, type Point, powered } from "./laws-picture.ts"

const machine = findMachine("h100")
const [minute, hour, day, year] = [60, 3600, 86_400, 31_557_600]
const [fewest, most] = [1, 2 ** 23]
const siteWatts = 100e6

/** The picture. */
export function verdictPicture(): string {
  const { network } = presets.get("gpt3-175b") ?? {}
  if (network === undefined) throw new Error("the network gpt3-175b is no preset any more")
  const request = { network, machine, budget: tokenBudget(network, 300e9) }
  const { points } = frontierOf(request)
  // Within a time that nothing keeps, every law says what it would take.
  const limits = points.map(({ devices, found }) => {
    const { rules } = verdictOf({ ...request, devices }, { deadlineSeconds: 1e-9 }, found)
    return { devices, of: (name: string) => rules.find((rule) => rule.name === name)?.limit }
  })
  const floorOf = (name: string) =>
    limits.flatMap(({ devices, of }) => {
      const limit = of(name)
      return limit === undefined ? [] : [[devices, limit] as const]
    })
  const heat = points.flatMap(({ devices, found }) => {
    if (found === undefined) return []
    const { layout, cost } = found
    const law = physicalLimits(network, machine, layout, cost).find(({ law }) => law === "Landauer")
    return law === undefined ? [] : [[devices, law.limit / cost.watts] as const]
  })
  const first = points.find(({ found }) => found !== undefined)
  const watts = (first?.found?.cost.watts ?? 0) / (first?.devices ?? 1)
  const site = siteWatts / watts
  const laws: readonly Forbidden[] = [
    { name: "memory", colour: "#cc79a7", to: first?.devices, at: [1.5, 4e4] },
    { name: "compute: F/(n·peak)", colour: "#0072b2", floor: floorOf("compute"), at: [40, 1.5e5] },
    { name: "network: its messages", colour: "#e69f00", floor: floorOf("network"), at: [1e5, 900] },
  ]
  return lawsSvg({
    title: "GPT-3 175B, 300 billion tokens, on H100s: which law forbids what",
    space: {
      name: "devices",
      low: fewest,
      high: most,
      ticks: [1, 10, 100, 1000, 10_000, 100_000, 1e6].map((n) => [n, n.toLocaleString("en")]),
    },
    time: {
      low: 1e-4,
      high: 30 * year,
      ticks: [
        [10 * year, "10 years"],
        [year, "1 year"],
        [10 * day, "10 days"],
        [day, "1 day"],
        [hour, "1 hour"],
        [minute, "1 minute"],
        [1, "1 s"],
        [1e-3, "1 ms"],
      ],
    },
    laws,
    hidden: [
      {
        name: "memory bandwidth",
        colour: "#56b4e9",
        floor: floorOf("memory bandwidth"),
        at: [20, 600],
      },
      {
        name: "depth × latency",
        colour: "#009e73",
        floor: floorOf("depth × latency"),
        at: [2.2e5, 100],
      },
      { name: "heat of erasing (Landauer)", colour: "#d55e00", floor: heat, at: [20, 2] },
      {
        name: "light across the cluster, once a step",
        colour: "#222222",
        floor: floorOf("light"),
        at: [1.3e4, 5e-3],
      },
      {
        name: "a site of 100 MW",
        colour: "#888888",
        floor: [
          [site, 1e-4],
          [site, 30 * year],
        ],
        at: [site * 1.15, 4e8],
      },
    ],
    points: points.flatMap(pointOf),
    notes: [
      "The points are the best plans found, with their spacetime volume. Coloured: impossible, by the law that decides first;",
      "dashed: laws that others hide. Beyond 65,536 devices failures cost more than devices bring.",
    ],
  })
}

function pointOf({ devices, found, regime }: FrontierPoint): readonly Point[] {
  if (found === undefined || found.cost.wallSeconds > 30 * year) return []
  const { wallSeconds, spacetime } = found.cost
  const about = `${devices} devices: ${(wallSeconds / day).toPrecision(3)} days, ${spacetime.toPrecision(3)} m³·s; ${regime}`
  const point = { at: [devices, wallSeconds] as const, about }
  if (![16, 1024, 65_536].includes(devices)) return [point]
  const shift = devices === 65_536 ? ([-45, 20] as const) : ([8, -8] as const)
  return [{ ...point, shift, label: `${powered(spacetime)} m³·s` }]
}

if (import.meta.main) writeFileSync("docs/verdict.svg", verdictPicture())
