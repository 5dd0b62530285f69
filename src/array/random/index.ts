/** Keys, random words and samples of distributions, under the names of `jax.random`. */

export * from "./counts.ts"
export * from "./distributions.ts"
export * from "./gamma.ts"
export * from "./keys.ts"
export { key as PRNGKey } from "./keys.ts"
export * from "./matrices.ts"
