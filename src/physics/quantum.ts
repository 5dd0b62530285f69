import { LIGHT_SPEED, PLANCK, PLANCK_AREA, REDUCED_PLANCK } from "./constants.ts"
import { law } from "./law.ts"

/** What quantum mechanics and gravity forbid: rates from energy, bits from energy and area. */

/** A system with mean energy E passes through at most 2E/(πℏ) orthogonal states per second. */
export const margolusLevitin = law<{ joules: number }>({
  name: "Margolus–Levitin",
  bound: "ceiling",
  quantity: "operations per second",
  unit: "1/s",
  formula: "N/T ≤ 2E/(π ℏ)",
  symbols: { N: "operations", T: "seconds", E: "energy above the ground state, J", ℏ: "h/2π, J·s" },
  source:
    "N. Margolus and L. B. Levitin, The maximum speed of dynamical evolution, Physica D 120, " +
    "1998; S. Lloyd, Ultimate physical limits to computation, Nature 406, 2000",
  limitOf: ({ joules }) => (2 * joules) / (Math.PI * REDUCED_PLANCK),
})

/** A mass m distinguishes at most mc²/h bits per second. */
export const bremermann = law<{ kilograms: number }>({
  name: "Bremermann",
  bound: "ceiling",
  quantity: "bits per second",
  unit: "bit/s",
  formula: "R ≤ m c²/h",
  symbols: {
    R: "bits processed per second",
    m: "mass, kg",
    c: "speed of light, m/s",
    h: "Planck constant, J·s",
  },
  source: "H. J. Bremermann, Optimization through evolution and recombination, 1962",
  limitOf: ({ kilograms }) => (kilograms * LIGHT_SPEED ** 2) / PLANCK,
})

/** A ball of radius R with energy E holds at most 2πRE/(ℏc ln 2) bits. */
export const bekenstein = law<{ metres: number; joules: number }>({
  name: "Bekenstein",
  bound: "ceiling",
  quantity: "bits held",
  unit: "bit",
  formula: "I ≤ 2π R E/(ℏ c ln 2)",
  symbols: {
    I: "bits held",
    R: "radius of a ball around everything, m",
    E: "energy with rest mass, J",
    ℏ: "h/2π, J·s",
    c: "speed of light, m/s",
  },
  source:
    "J. D. Bekenstein, Universal upper bound on the entropy-to-energy ratio for bounded " +
    "systems, Phys. Rev. D 23, 1981",
  limitOf: ({ metres, joules }) =>
    (2 * Math.PI * metres * joules) / (REDUCED_PLANCK * LIGHT_SPEED * Math.LN2),
})

/** A surface of area A has at most A/(4 l_P² ln 2) bits within it. */
export const holographic = law<{ squareMetres: number }>({
  name: "holographic",
  bound: "ceiling",
  quantity: "bits held",
  unit: "bit",
  formula: "I ≤ A c³/(4 ℏ G ln 2)",
  symbols: {
    I: "bits held",
    A: "area of the surface around everything, m²",
    ℏ: "h/2π, J·s",
    G: "Newton's constant, m³/(kg·s²)",
    c: "speed of light, m/s",
  },
  source: "G. 't Hooft, 1993; L. Susskind, The world as a hologram, J. Math. Phys. 36, 1995",
  limitOf: ({ squareMetres }) => squareMetres / (4 * PLANCK_AREA * Math.LN2),
})

/** Rest energy of a mass, mc², in joules. */
export function restEnergy(kilograms: number): number {
  return kilograms * LIGHT_SPEED ** 2
}
