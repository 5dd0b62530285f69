/** Keys, random words and samples of distributions, under the names of `jax.random`. */

export * from "./distributions.ts"
export * from "./random.ts"
