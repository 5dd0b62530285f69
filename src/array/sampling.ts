/** Keys, random words and samples of distributions, under the names of `jax.random`. */

export * from "./distributions.ts"
export * from "./random.ts"
export { key as PRNGKey } from "./random.ts"
export * from "./random-counts.ts"
export * from "./random-gamma.ts"
export * from "./random-matrices.ts"
