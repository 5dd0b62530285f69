import { LIGHT_SPEED } from "./constants.ts"
import { law } from "./law.ts"

/** What the speed of light forbids. Space is taken flat: the volumes are of Minkowski spacetime. */

/**
 * Spacetime volume between two events `seconds` apart at one place, (π/24)·c³·T⁴ in m³·s: the
 * only events that hear from the start and are heard by the end.
 */
export function causalDiamondVolume(seconds: number): number {
  return (Math.PI / 24) * LIGHT_SPEED ** 3 * seconds ** 4
}

/** Spacetime volume of the future of an event up to `seconds` later, (π/3)·c³·T⁴ in m³·s. */
export function futureConeVolume(seconds: number): number {
  return (Math.PI / 3) * LIGHT_SPEED ** 3 * seconds ** 4
}

type OperationsAtDensity = { operations: number; operationsPerCubicMetreSecond: number }

const densitySymbols = {
  T: "seconds from the start event to the end",
  N: "operations",
  ρ: "operations per second and cubic metre",
  c: "speed of light, m/s",
}

/**
 * N operations at density ρ that start from one event and end in one event need
 * T ≥ (24N/(πρc³))^¼: a machine of any size cannot be quicker.
 */
export const causalDiamond = law<OperationsAtDensity>({
  name: "causal diamond",
  bound: "floor",
  quantity: "duration",
  unit: "s",
  formula: "T ≥ (24N/(π ρ c³))^¼",
  symbols: densitySymbols,
  source:
    "N ≤ ρ·(π/24)c³T⁴; the physical form of D. C. Fisher, Your favorite parallel algorithms " +
    "might not be as fast as you think, IEEE Trans. Computers 37(2), 1988",
  limitOf: ({ operations, operationsPerCubicMetreSecond }) =>
    quarticRoot((24 * operations) / (Math.PI * operationsPerCubicMetreSecond)),
})

/** As the causal diamond, with the result left anywhere: T ≥ (3N/(πρc³))^¼. */
export const futureCone = law<OperationsAtDensity>({
  name: "future cone",
  bound: "floor",
  quantity: "duration",
  unit: "s",
  formula: "T ≥ (3N/(π ρ c³))^¼",
  symbols: densitySymbols,
  source: "N ≤ ρ·(π/3)c³T⁴; the physical form of D. C. Fisher, IEEE Trans. Computers 37(2), 1988",
  limitOf: ({ operations, operationsPerCubicMetreSecond }) =>
    quarticRoot((3 * operations) / (Math.PI * operationsPerCubicMetreSecond)),
})

/**
 * Somewhere in any body of volume V two points lie at least ∛V apart, and cannot know of each other
 * sooner than ∛V/c. (A ball does best, at (6V/π)^⅓ = 1.24·∛V: the isodiametric inequality. A cube's
 * side is ∛V.)
 */
export const lightCrossing = law<{ cubicMetres: number }>({
  name: "light crossing",
  bound: "floor",
  quantity: "duration of one exchange",
  unit: "s",
  formula: "t ≥ ∛V/c",
  symbols: { t: "seconds for one way across", V: "volume, m³", c: "speed of light, m/s" },
  source: "special relativity: no signal outruns light",
  limitOf: ({ cubicMetres }) => Math.cbrt(cubicMetres) / LIGHT_SPEED,
})

/** One way over `metres`, at the speed of light. In fibre light is slower by its index, 1.47. */
export const lightDistance = law<{ metres: number }>({
  name: "light over a distance",
  bound: "floor",
  quantity: "one-way delay",
  unit: "s",
  formula: "t ≥ d/c",
  symbols: { t: "seconds one way", d: "distance, m", c: "speed of light, m/s" },
  source: "special relativity: no signal outruns light",
  limitOf: ({ metres }) => metres / LIGHT_SPEED,
})

/** (x/c³)^¼ with c³ taken out, so that x of 10³¹ operations stays well within range. */
function quarticRoot(x: number): number {
  return (x / LIGHT_SPEED ** 3) ** 0.25
}
