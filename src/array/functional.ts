/** Functions between a network's layers, as in `jax.nn`. */

export * from "./activations.ts"
export * from "./activations-sparse.ts"
export { type AttentionOptions, dotProductAttention } from "./attention.ts"
export { logsumexp } from "./averages.ts"
export { oneHot } from "./indexing.ts"
export { avgPool, maxPool, minPool, type PoolOptions } from "./pooling.ts"
