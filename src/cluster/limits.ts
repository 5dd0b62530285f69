import type { Machine, PeakUnit } from "../hardware/index.ts"
import { peakOf } from "../hardware/index.ts"
import type { LawCheck } from "../physics/index.ts"
import {
  bekenstein,
  bremermann,
  causalDiamond,
  computeDensity,
  LIGHT_SPEED,
  landauer,
  lightCrossing,
  margolusLevitin,
  ROOM_KELVIN,
  spacetimeFloor,
} from "../physics/index.ts"
import { parametersOf, runFlop } from "./count.ts"
import type { Layout, Precision } from "./layout.ts"
import type { Network } from "./network.ts"
import type { RunCost } from "./run.ts"

/** One physical limit and how many times away from it the plan stands. */
export type PhysicalLimit = LawCheck & {
  readonly law: string
  readonly formula: string
  readonly unit: string
}

/** Bits erased for each operation: one result of the precision's width. */
const bitsPerFlop: Readonly<Record<Precision, number>> = {
  float32: 32,
  float16: 16,
  bfloat16: 16,
  float8: 8,
}

/** Mass of one device with its share of the rack, kg: 1.36 t for the 72 of a GB200 NVL72. */
const KILOGRAMS_PER_DEVICE = 1360 / 72

/**
 * How far above each physical limit a run stands: spacetime floor F/ρ, light through the cluster
 * and from its first event to its last, Landauer's heat, and the rates and bits that its energy and
 * mass allow. None of these binds any machine of today; the numbers say how far off they are.
 */
export function physicalLimits(
  network: Network,
  machine: Machine,
  layout: Layout,
  cost: RunCost,
  unit?: PeakUnit,
): readonly PhysicalLimit[] {
  // Only what must run: the pairs that a causal mask leaves.
  const flop = runFlop(network, cost.tokens, { attention: "causal" })
  const peak = peakOf(machine, layout.precision, unit).perSecond.value
  const density = computeDensity(peak, cost.cubicMetres / cost.devices)
  const rate = flop / cost.wallSeconds
  const bits = flop * bitsPerFlop[layout.precision]
  const heldBits = 8 * 16 * parametersOf(network).total
  const kilograms = KILOGRAMS_PER_DEVICE * cost.devices
  const radius = Math.cbrt((3 * cost.cubicMetres) / (4 * Math.PI))
  const dense = { operations: flop, operationsPerCubicMetreSecond: density }
  const stepsSeconds = cost.busySeconds / cost.steps
  const named = (
    law: { readonly name: string; readonly formula: string; readonly unit: string },
    check: LawCheck,
  ): PhysicalLimit => ({ law: law.name, formula: law.formula, unit: law.unit, ...check })
  return [
    named(spacetimeFloor, spacetimeFloor.check(dense, cost.spacetime)),
    named(causalDiamond, causalDiamond.check(dense, cost.wallSeconds)),
    named(lightCrossing, lightCrossing.check({ cubicMetres: cost.cubicMetres }, stepsSeconds)),
    named(landauer, landauer.check({ bits, kelvin: ROOM_KELVIN }, cost.joules)),
    named(margolusLevitin, margolusLevitin.check({ joules: kilograms * LIGHT_SPEED ** 2 }, rate)),
    named(bremermann, bremermann.check({ kilograms }, bits / cost.wallSeconds)),
    named(
      bekenstein,
      bekenstein.check({ metres: radius, joules: kilograms * LIGHT_SPEED ** 2 }, heldBits),
    ),
  ]
}
