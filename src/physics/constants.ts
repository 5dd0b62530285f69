/**
 * Physical constants in SI units.
 *
 * The first three are exact by definition (SI brochure, 9th edition, 2019). Newton's constant is
 * CODATA 2018 (unchanged in 2022). The Earth's are IERS Conventions 2010 and IUGG (GRS 80).
 */

/** Speed of light in vacuum, m/s, exact. */
export const LIGHT_SPEED = 299_792_458

/** Planck constant h, J·s, exact. */
export const PLANCK = 6.626_070_15e-34

/** Boltzmann constant k, J/K, exact. */
export const BOLTZMANN = 1.380_649e-23

/** Reduced Planck constant ℏ = h/2π, J·s. */
export const REDUCED_PLANCK = PLANCK / (2 * Math.PI)

/** Newton's constant G, m³/(kg·s²), known to 2.2e-5 (CODATA 2018). */
export const GRAVITATION = 6.6743e-11

/** The Earth's GM, m³/s² (IERS Conventions 2010, table 1.1, TCG-compatible). */
export const EARTH_GRAVITATION = 3.986_004_418e14

/** The Earth's mean radius R₁ = (2a + b)/3, m (GRS 80, Moritz 2000). */
export const EARTH_RADIUS = 6_371_008.8

/** Planck length squared ℏG/c³, m². */
export const PLANCK_AREA = (REDUCED_PLANCK * GRAVITATION) / LIGHT_SPEED ** 3

/** Seconds in a Julian year of 365.25 days, the astronomers' year. */
export const YEAR_SECONDS = 365.25 * 86_400
