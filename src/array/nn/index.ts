/** Functions between a network's layers, as in `jax.nn`. */

export { logsumexp } from "../numpy/averages.ts"
export { oneHot } from "../operations/indexing.ts"
export { avgPool, maxPool, minPool, type PoolOptions } from "../operations/pooling.ts"
export * from "./activations.ts"
export * from "./activations-sparse.ts"
export { type AttentionOptions, dotProductAttention } from "./attention.ts"
