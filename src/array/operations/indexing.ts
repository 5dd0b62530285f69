/**
 * Parts of arrays and updates of parts. Slices are views (work 0); gathering and scattering is one
 * unit of work for each element moved.
 */

export * from "./places.ts"
export * from "./slicing.ts"
export * from "./taking.ts"
