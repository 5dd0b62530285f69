import { BOLTZMANN } from "./constants.ts"
import { law } from "./law.ts"

/** What thermodynamics forbids. */

/** Room temperature, 300 K, at which the usual figure of 2.87e-21 J per bit is quoted. */
export const ROOM_KELVIN = 300

/** Erasing a bit at temperature T turns at least kT ln 2 of work into heat. */
export const landauer = law<{ bits: number; kelvin: number }>({
  name: "Landauer",
  bound: "floor",
  quantity: "energy",
  unit: "J",
  formula: "E ≥ n·k·T·ln 2",
  symbols: { E: "energy, J", n: "bits erased", k: "Boltzmann constant, J/K", T: "temperature, K" },
  source:
    "R. Landauer, Irreversibility and heat generation in the computing process, " +
    "IBM J. Res. Dev. 5, 1961",
  limitOf: ({ bits, kelvin }) => bits * BOLTZMANN * kelvin * Math.LN2,
})
