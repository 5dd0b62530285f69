/**
 * What the shapes of computation cost: all at once, a tree, a prefix tree, a sorting network.
 *
 * One scalar operation is one unit of work and takes one step, whatever it is.
 */

import {
  add,
  ceilDivide,
  ceilLog2,
  floorDivide,
  lowerBound,
  maximum,
  minimum,
  multiply,
  type Size,
  subtract,
} from "../size/index.ts"
import { networkStages, prefixLevels } from "./levels.ts"

/** What a price says. */
export type Measure = "work" | "span" | "threads" | "memory"

/** What one equation takes when it starts as early as it can. */
export interface Cost {
  /** Scalar operations. */
  readonly work: Size
  /** Steps from the first operation to the last. */
  readonly span: Size
  /** Most operations in flight at one step. */
  readonly threads: Size
  /** Operations in flight at a step from 0 on; never more than `threads`, 0 after the span. */
  readonly at: (step: number) => Size
  /** Bytes that it holds while it runs, beside its operands and results, under either model. */
  readonly memory?: { readonly sequential: Size; readonly earliest: Size }
  /** What is an upper bound here, and why. */
  readonly bound?: { readonly measures: readonly Measure[]; readonly because: string }
}

/** Nothing to do: a view, or an array made from nothing. */
export const free: Cost = { work: 0, span: 0, threads: 0, at: () => 0 }

/** n operations that wait for none of each other. */
export function atOnce(n: Size): Cost {
  return { work: n, span: present(n), threads: n, at: (step) => (step === 0 ? n : 0) }
}

/**
 * m trees that each fold n elements to one: n − 1 operations in ⌈log₂ n⌉ steps. Of ⌈n/2ˢ⌉ values
 * after s steps, each two are combined in the next one and an odd one waits.
 */
export function tree(n: Size, m: Size): Cost {
  return {
    work: multiply(m, atLeastZero(subtract(n, 1))),
    span: multiply(present(m), ceilLog2(n)),
    threads: multiply(m, floorDivide(n, 2)),
    at: (step) => multiply(m, floorDivide(ceilDivide(n, 2 ** step), 2)),
  }
}

/** m sums of k products: the products at once, then a tree. Work m(2k − 1), span 1 + ⌈log₂ k⌉. */
export function sumsOfProducts(k: Size, m: Size): Cost {
  const products = atOnce(multiply(m, k))
  const sums = tree(k, m)
  return {
    work: add(products.work, sums.work),
    span: add(products.span, sums.span),
    threads: products.threads,
    at: (step) => (step === 0 ? products.work : sums.at(step - 1)),
  }
}

/**
 * m inclusive scans of n elements by the work-efficient tree: the inclusive form of Blelloch's
 * two sweeps, which is the circuit of Brent and Kung (1982).
 *
 * Upwards, the block sums of 2, 4, 8, … elements; downwards, each prefix whose end is no multiple
 * of its block adds the block to the prefix before it. That is 2n − 1 − ⌊log₂ n⌋ − (ones in n's
 * binary form) additions. A prefix of i elements is ready after ⌊log₂ i⌋ + (ones in i) − 1 steps.
 */
export function prefixTree(n: Size, m: Size): Cost {
  if (typeof n === "number") {
    return stepByStep(prefixLevels(n), m)
  }
  const logarithm = ceilLog2(n)
  const threads = multiply(m, floorDivide(n, 2))
  return {
    // The ones in n and ⌊log₂ n⌋ are together at least ⌈log₂ n⌉ + 1; equal for powers of two.
    work: multiply(m, atLeastZero(subtract(multiply(2, n), add(2, logarithm)))),
    span: multiply(present(m), 2, logarithm),
    threads,
    at: () => threads,
    bound: {
      measures: ["work", "span", "threads"],
      because: "a scan's tree has a closed form only where its length is a power of two",
    },
  }
}

/**
 * m sorts of n elements by Batcher's merge-exchange network (Knuth, TAOCP 5.2.2, Algorithm M): one
 * operation compares two elements by all keys and exchanges them in all operands.
 */
export function sortingNetwork(n: Size, m: Size): Cost {
  if (typeof n === "number") {
    const because = "a sort is priced as a network; one thread alone needs fewer comparisons"
    return { ...stepByStep(networkStages(n), m), bound: { measures: ["work"], because } }
  }
  const logarithm = ceilLog2(n)
  const stages = floorDivide(multiply(logarithm, add(logarithm, 1)), 2)
  const threads = multiply(m, floorDivide(n, 2))
  return {
    work: multiply(threads, stages),
    span: multiply(present(m), stages),
    threads,
    at: () => threads,
    bound: {
      measures: ["work", "span", "threads"],
      because: "a sort is priced as a network all of whose stages are full",
    },
  }
}

/** m copies of one computation whose operations per step are known. */
export function stepByStep(levels: readonly number[], m: Size): Cost {
  return {
    work: multiply(
      m,
      levels.reduce((sum, level) => sum + level, 0),
    ),
    span: multiply(present(m), levels.length),
    threads: multiply(
      m,
      levels.reduce((most, level) => Math.max(most, level), 0),
    ),
    at: (step) => multiply(m, levels[step] ?? 0),
  }
}

/** 1 where there is anything, else 0. */
export function present(n: Size): Size {
  return lowerBound(n) >= 1 ? 1 : minimum(1, n)
}

function atLeastZero(n: Size): Size {
  return maximum(0, n)
}
