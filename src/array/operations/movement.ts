/**
 * The same elements elsewhere. Views (reshape, transpose, broadcasts, slices) are work 0 and span
 * 0; moves (concatenate, pad, tile, roll, …) are one unit of work for each element moved, span 1.
 */

export * from "./joining.ts"
export * from "./padding.ts"
export * from "./turning.ts"
export * from "./views.ts"
