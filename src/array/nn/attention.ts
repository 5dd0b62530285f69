/** Scaled dot-product attention, as in `jax.nn`. */

import type { Array } from "../array.ts"
import { einsum } from "../numpy/einsum.ts"
import { finfo } from "../numpy/float-parts.ts"
import * as elementwise from "../operations/elementwise.ts"
import * as movement from "../operations/movement.ts"
import { arange } from "../operations/ranges.ts"
import { type ArrayLike, asFloat } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { softmax } from "./activations.ts"

export interface AttentionOptions {
  /** Added to the scores; broadcastable to (batch, heads, targets, sources). */
  readonly bias?: ArrayLike
  /** Where false, a target does not see a source; broadcastable to the scores. */
  readonly mask?: ArrayLike
  /** What products of queries and keys are multiplied with; 1/√width unless given. */
  readonly scale?: number
  /** Whether target i sees the sources 0 … i only. */
  readonly isCausal?: boolean
  /** How many targets of each sequence count, integers (batch); results of those after are 0. */
  readonly querySeqLengths?: ArrayLike
  /** How many sources of each sequence are seen, integers (batch). */
  readonly keyValueSeqLengths?: ArrayLike
  /** How far a target sees before and after its own place; one number for both. */
  readonly localWindowSize?: number | readonly [before: number, after: number]
}

/**
 * softmax(scale · query · keyᵀ + bias) · value for each head (Vaswani et al. 2017).
 *
 * Queries are (batch, targets, heads, width), keys and values (batch, sources, groups, width), or
 * all of them without batch. Groups divide heads: neighbouring heads share keys and values
 * (grouped-query attention, Ainslie et al. 2023). The result has the queries' shape. A target that
 * sees no source gets the mean of all values, as in JAX.
 * Work O(batch·heads·targets·sources·width), span O(log sources + log width).
 * @example
 * const x = np.ones([1, 5, 2, 4]) // batch, tokens, heads, depth
 * nn.dotProductAttention(x, x, x).shape // → [1, 5, 2, 4]
 * @throws RangeError when ranks or extents do not fit.
 */
export const dotProductAttention: (
  query: ArrayLike,
  key: ArrayLike,
  value: ArrayLike,
  options?: AttentionOptions,
) => Array = operation(3, (query, key, value, options = {}) => {
  const q = asFloat("dotProductAttention", query)
  const k = asFloat("dotProductAttention", key)
  const v = asFloat("dotProductAttention", value)
  if ((q.ndim !== 3 && q.ndim !== 4) || k.ndim !== q.ndim || v.ndim !== q.ndim) {
    throw new RangeError(
      `dotProductAttention: query, key and value have ranks ${q.ndim}, ${k.ndim} and ${v.ndim}, ` +
        "where all must be 4 (batch, time, heads, width) or 3 (time, heads, width)",
    )
  }
  if (q.ndim === 3) {
    const batched = [q, k, v].map((x) => movement.expandDims(x, 0))
    return movement.squeeze(attend(batched[0], batched[1], batched[2], options), 0)
  }
  return attend(q, k, v, options)
})

function attend(query: Array, key: Array, value: Array, options: AttentionOptions): Array {
  const [batch, targets, heads, width] = query.shape
  const [, sources, groups] = key.shape
  if (
    key.shape[0] !== batch ||
    key.shape[3] !== width ||
    value.shape.slice(0, 3).some((size, axis) => size !== key.shape[axis]) ||
    Number(heads) % Number(groups) !== 0
  ) {
    throw new RangeError(
      `dotProductAttention: query [${query.shape.join(", ")}], key [${key.shape.join(", ")}] and ` +
        `value [${value.shape.join(", ")}] must agree in batch and width, key and value in ` +
        "sources and heads, and the key's heads must divide the query's",
    )
  }
  const { scale = 1 / Math.sqrt(Number(width)), bias } = options
  const shared = Number(heads) / Number(groups)
  // Each head sees its group's keys and values: views, which cost nothing.
  const perHead = (x: Array): Array => {
    const [, , , own] = x.shape
    if (shared === 1) return x
    const copies = [batch, sources, groups, shared, own]
    const spread = movement.broadcastTo(movement.expandDims(x, 3), copies)
    return movement.reshape(spread, [batch, sources, heads, own])
  }
  const scaled = elementwise.multiply(einsum("bthw,buhw->bhtu", query, perHead(key)), scale)
  const biased = bias === undefined ? scaled : elementwise.add(scaled, bias)
  const masks = masksOf(Number(targets), Number(sources), options)
  const alone = masks.length === 1 && options.isCausal === true
  const least = alone ? Number.NEGATIVE_INFINITY : leastScore(biased)
  const scores = masks.reduce<Array>((rest, seen) => elementwise.where(seen, rest, least), biased)
  const found = einsum("bhtu,buhw->bthw", softmax(scores), perHead(value))
  const { querySeqLengths } = options
  if (querySeqLengths === undefined) return found
  const counted = within(Number(targets), querySeqLengths)
  return elementwise.where(movement.expandDims(counted, [2, 3]), found, 0)
}

/**
 * The score of what is not seen: finite as JAX's, so that a target that sees nothing gets the mean.
 * Behind a causal mask alone every target sees a source, and it is −∞, which the scheduler knows.
 */
function leastScore({ dtype }: Array): number {
  return -0.7 * Math.min(finfo(dtype).max, finfo("float32").max)
}

/** Whether each place 0 … count − 1 lies within each length: (batch, count). */
function within(count: number, lengths: ArrayLike): Array {
  return elementwise.less(arange(count), movement.reshape(lengths, [-1, 1]))
}

/** What a target sees, each mask broadcastable to (batch, heads, targets, sources). */
function masksOf(targets: number, sources: number, options: AttentionOptions): ArrayLike[] {
  const { mask, isCausal = false, localWindowSize, querySeqLengths, keyValueSeqLengths } = options
  const target = movement.expandDims(arange(targets), 1)
  const source = arange(sources)
  const masks: ArrayLike[] = mask === undefined ? [] : [mask]
  if (isCausal) masks.push(elementwise.lessEqual(source, target))
  if (localWindowSize !== undefined) {
    const [before, after] =
      typeof localWindowSize === "number" ? [localWindowSize, localWindowSize] : localWindowSize
    masks.push(elementwise.lessEqual(target, elementwise.add(source, before)))
    masks.push(elementwise.greaterEqual(target, elementwise.subtract(source, after)))
  }
  if (querySeqLengths !== undefined) {
    masks.push(movement.expandDims(within(targets, querySeqLengths), [1, 3]))
  }
  if (keyValueSeqLengths !== undefined) {
    masks.push(movement.expandDims(within(sources, keyValueSeqLengths), [1, 2]))
  }
  return masks
}
