import { EARTH_GRAVITATION, EARTH_RADIUS, LIGHT_SPEED } from "./constants.ts"
import { law } from "./law.ts"

/**
 * The spacetime volume of a computation, v = ∫ √−g d⁴x.
 *
 * For a machine at rest in a static field √−g = N·√γ, with N the lapse, so v is proper volume ×
 * proper time. A clock at the machine already reads proper time; `metricFactor` is what a
 * duration read on a clock far away must be multiplied by.
 */

/** Newtonian potential Φ in J/kg (m²/s²), negative, zero far away. */
export type Potential = number

/** No field at all: the factor is exactly 1. */
export const FLAT: Potential = 0

/** Φ = −GM/R at the Earth's mean radius. */
export const EARTH_SURFACE: Potential = -EARTH_GRAVITATION / EARTH_RADIUS

/**
 * The potential of the rotating geoid, −W₀: −62,636,856.0 m²/s² (IAU 2000 resolution B1.9, whose
 * L_G = W₀/c² = 6.969290134e-10 defines terrestrial time). It has the Earth's flattening and spin
 * in it, which `EARTH_SURFACE` leaves out.
 */
export const EARTH_GEOID: Potential = -62_636_856

/**
 * 1 − √−g for a unit of proper volume: 1 − √(1 + 2Φ/c²), written as −2x/(1 + √(1 + 2x)) with
 * x = Φ/c², so that nothing cancels. 6.96e-10 on the Earth's surface.
 * Throws when Φ is at or beyond a horizon (2Φ ≤ −c²) or not finite.
 */
export function metricDeficit(potential: Potential = EARTH_SURFACE): number {
  const x = potential / LIGHT_SPEED ** 2
  if (!(1 + 2 * x > 0 && x < Infinity)) {
    throw new Error(
      `the potential is ${potential} J/kg; it must be finite and above −c²/2, the horizon`,
    )
  }
  return (-2 * x) / (1 + Math.sqrt(1 + 2 * x))
}

/**
 * √−g per unit of proper volume, that is the lapse √(1 + 2Φ/c²): the seconds that pass at the
 * machine per second that passes far away. On the Earth's surface it differs from 1 in the tenth
 * digit; `metricDeficit` gives the difference to full precision.
 */
export function metricFactor(potential: Potential = EARTH_SURFACE): number {
  return 1 - metricDeficit(potential)
}

/**
 * The spacetime volume in m³·s of `cubicMetres` of machine (proper volume) busy for `seconds`
 * (on a clock far away), at rest at `potential`.
 */
export function spacetimeVolume(
  cubicMetres: number,
  seconds: number,
  potential: Potential = EARTH_SURFACE,
): number {
  if (!(cubicMetres >= 0 && cubicMetres < Infinity)) {
    throw new Error(`the volume is ${cubicMetres} m³; it must be zero or more and finite`)
  }
  if (!(seconds >= 0 && seconds < Infinity)) {
    throw new Error(`the duration is ${seconds} s; it must be zero or more and finite`)
  }
  return cubicMetres * seconds * metricFactor(potential)
}

/** Operations per second that one cubic metre of a machine can do at its peak. */
export function computeDensity(operationsPerSecond: number, cubicMetres: number): number {
  if (!(operationsPerSecond > 0 && cubicMetres > 0)) {
    throw new Error(
      `a density of ${operationsPerSecond} operations/s in ${cubicMetres} m³ is not defined; ` +
        "both must be positive",
    )
  }
  return operationsPerSecond / cubicMetres
}

/**
 * The least spacetime volume that holds F operations at density ρ: F/ρ. What a plan takes above
 * it (the slack) is 1/(utilisation × packing); a perfect trade of space for time keeps it constant.
 */
export const spacetimeFloor = law<{
  operations: number
  operationsPerCubicMetreSecond: number
}>({
  name: "spacetime volume",
  bound: "floor",
  quantity: "spacetime volume",
  unit: "m³·s",
  formula: "v ≥ F/ρ",
  symbols: {
    v: "spacetime volume, m³·s",
    F: "operations",
    ρ: "peak operations per second and cubic metre",
  },
  source: "counting: no cubic metre second does more than ρ operations",
  limitOf: ({ operations, operationsPerCubicMetreSecond }) =>
    operations / operationsPerCubicMetreSecond,
})
