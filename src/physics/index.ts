/** Physical spacetime: constants, volume in m³·s, and the limits that nothing built can pass. */

export { dalyInterval, failureStretch, youngInterval } from "./checkpoint.ts"
export {
  BOLTZMANN,
  EARTH_GRAVITATION,
  EARTH_RADIUS,
  GRAVITATION,
  LIGHT_SPEED,
  PLANCK,
  PLANCK_AREA,
  REDUCED_PLANCK,
  YEAR_SECONDS,
} from "./constants.ts"
export type { SpaceTimePoint, TradeExponent } from "./exponent.ts"
export { tradeExponent } from "./exponent.ts"
export type { Law, LawCheck } from "./law.ts"
export { law } from "./law.ts"
export {
  causalDiamond,
  causalDiamondVolume,
  futureCone,
  futureConeVolume,
  lightCrossing,
  lightDistance,
} from "./light.ts"
export { bekenstein, bremermann, holographic, margolusLevitin, restEnergy } from "./quantum.ts"
export type { Potential } from "./spacetime.ts"
export {
  computeDensity,
  EARTH_GEOID,
  EARTH_SURFACE,
  FLAT,
  metricDeficit,
  metricFactor,
  spacetimeFloor,
  spacetimeVolume,
} from "./spacetime.ts"
export { landauer, ROOM_KELVIN } from "./thermodynamics.ts"
