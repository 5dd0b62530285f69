/**
 * Merge kernels: pairs of sorted runs become one run each. A piece finds by bisection how many of the
 * elements before its first come from either run, and then merges on from there. It does so for both
 * of its halves at once: each step waits for the one before it, so that one half leaves time for two.
 */

import { type MergeKernel, mergePiece } from "../../schedule/index.ts"
import { dtypes } from "../../size/index.ts"
import type { FunctionBuilder, Local } from "./assembler.ts"
import { KernelContext, type ProgramContext } from "./context.ts"
import {
  addPrecedes,
  loadKey,
  moveElement,
  pushDifference,
  pushElement,
  pushIsBefore,
  pushLeast,
  pushProduct,
  pushSum,
  splitPiece,
  startAt,
} from "./ordering.ts"

/** Writes the function of a merge. */
export function emitMerge(program: ProgramContext, kernel: MergeKernel): KernelContext {
  const { extent, run, keys, operands } = kernel
  const context = new KernelContext(program, kernel, [])
  const { f } = context
  const precedes = keys > 1 ? addPrecedes(program, operands.slice(0, keys)) : undefined
  const { row, part } = splitPiece(f, context.piece, Math.ceil(extent / mergePiece))
  const merge = new MergeCode(context, kernel, row, precedes)

  const [start, low, middle, high] = ["start", "low", "middle", "high"].map((n) =>
    f.local("i32", n),
  )
  f.set(start, () => pushProduct(f, part, mergePiece))
  f.set(low, () => {
    f.localGet(start)
    f.i32.const(2 * run)
    f.i32.div_u()
    f.i32.const(2 * run)
    f.i32.mul()
  })
  f.set(middle, () => pushLeast(f, extent, () => pushSum(f, low, run)))
  f.set(high, () => pushLeast(f, extent, () => pushSum(f, low, 2 * run)))
  const pair = { low, middle, high }
  const half = mergePiece / 2
  const first = merge.begin(pair, () => f.localGet(start), half)
  const second = merge.begin(pair, () => pushLeast(f, high, () => pushSum(f, start, half)), half)
  merge.together([first, second])
  for (const each of [first, second]) {
    merge.together([each])
    merge.copyRest(each)
  }
  return context
}

/** The runs [low, middle) and [middle, high) of a row. */
interface Pair {
  readonly low: Local
  readonly middle: Local
  readonly high: Local
}

/** What is still to merge: elements [out, end) of the results, from `left` and `right` on. */
interface Merging extends Pair {
  readonly out: Local
  readonly end: Local
  readonly left: Local
  readonly right: Local
}

class MergeCode {
  readonly #f: FunctionBuilder
  readonly #kernel: MergeKernel
  readonly #from: readonly Local[]
  readonly #to: readonly Local[]
  readonly #precedes: number | undefined

  constructor(
    context: KernelContext,
    kernel: MergeKernel,
    row: Local,
    precedes: number | undefined,
  ) {
    const { f } = context
    this.#f = f
    this.#kernel = kernel
    this.#precedes = precedes
    const first = f.local("i32", "first")
    f.set(first, () => pushProduct(f, row, kernel.extent))
    this.#from = kernel.operands.map((buffer) => startAt(context, buffer, first))
    this.#to = kernel.results.map((buffer) => startAt(context, buffer, first))
  }

  /**
   * Finds where to begin: of the elements before `out`, the least number from the first run that
   * leaves no earlier one out.
   */
  begin(pair: Pair, pushOut: () => void, most: number): Merging {
    const f = this.#f
    const { low, middle, high } = pair
    const names = ["out", "end", "rank", "least", "bound", "guess", "other", "left", "right"]
    const [out, end, rank, least, bound, guess, other, left, right] = names.map((name) =>
      f.local("i32", name),
    )
    f.set(out, pushOut)
    f.set(end, () => pushLeast(f, high, () => pushSum(f, out, most)))
    f.set(rank, () => pushDifference(f, out, low))
    f.set(least, () => {
      pushDifference(f, rank, () => pushLeast(f, rank, () => pushDifference(f, high, middle)))
    })
    f.set(bound, () => pushLeast(f, rank, () => pushDifference(f, middle, low)))
    f.while_(
      () => isBelow(f, least, bound),
      () => {
        pushSum(f, least, bound)
        f.i32.const(1)
        f.i32.shr_u()
        f.localSet(guess)
        f.set(left, () => pushSum(f, low, guess))
        f.set(other, () => {
          pushDifference(f, () => pushSum(f, middle, rank), guess)
          f.i32.const(1)
          f.i32.sub()
        })
        this.#pushPrecedes(other, left)
        f.if()
        f.set(bound, guess)
        f.else()
        f.set(least, () => pushSum(f, guess, 1))
        f.end()
      },
    )
    f.set(left, () => pushSum(f, low, least))
    f.set(right, () => pushDifference(f, () => pushSum(f, middle, rank), least))
    return { ...pair, out, end, left, right }
  }

  /** Merges on, an element of each in turn, until one of them has a run or its results at an end. */
  together(all: readonly Merging[]): void {
    const f = this.#f
    const rest = f.local("i32", "rest")
    // As many elements as no run can run out in need no look at their ends.
    const leastRest = (): void => {
      f.set(rest, mergePiece)
      for (const { out, end, left, middle, right, high } of all) {
        f.set(rest, () => pushLeast(f, rest, () => pushDifference(f, end, out)))
        f.set(rest, () => pushLeast(f, rest, () => pushDifference(f, middle, left)))
        f.set(rest, () => pushLeast(f, rest, () => pushDifference(f, high, right)))
      }
      f.localGet(rest)
    }
    f.while_(leastRest, () => {
      f.loop((again) => {
        for (const each of all) this.#step(each)
        f.increment(rest, -1)
        f.localGet(rest)
        f.brIf(again)
      })
    })
  }

  #step({ out, left, right }: Merging): void {
    const f = this.#f
    const [takesRight, source] = [f.local("i32", "takesRight"), f.local("i32", "source")]
    this.#pushPrecedes(right, left)
    f.localSet(takesRight)
    // left + (right − left)·takesRight: a choice that nobody could foresee is no branch.
    f.set(source, () =>
      pushSum(f, left, () => {
        pushDifference(f, right, left)
        pushDifference(f, 0, takesRight)
        f.i32.and()
      }),
    )
    for (const [i, { dtype }] of this.#kernel.operands.entries()) {
      const [to, from] = [this.#to[i], this.#from[i]]
      moveElement(f, { start: to, place: out }, { start: from, place: source }, dtype)
    }
    f.increment(right, takesRight)
    f.set(left, () => pushDifference(f, () => pushSum(f, left, 1), takesRight))
    f.increment(out, 1)
  }

  /** What is left is of one run. */
  copyRest({ out, end, left, middle, right }: Merging): void {
    const f = this.#f
    const source = f.local("i32", "source")
    f.localGet(left)
    f.localGet(right)
    isBelow(f, left, middle)
    f.select()
    f.localSet(source)
    for (const [i, { dtype }] of this.#kernel.operands.entries()) {
      const { bytes } = dtypes[dtype]
      pushElement(f, this.#to[i], out, bytes)
      pushElement(f, this.#from[i], source, bytes)
      pushProduct(f, () => pushDifference(f, end, out), bytes)
      f.memory.copy()
    }
  }

  /** Pushes whether element `a` comes before element `b`. */
  #pushPrecedes(a: Local, b: Local): void {
    const f = this.#f
    const { keys, operands } = this.#kernel
    const [start] = this.#from
    const [{ dtype }] = operands
    if (this.#precedes === undefined) {
      const [x, y] = [a, b].map((place) => loadKey(f, { start, place }, dtype))
      pushIsBefore(f, x, y, dtype)
      return
    }
    f.localGet(a)
    f.localGet(b)
    for (const each of this.#from.slice(0, keys)) f.localGet(each)
    f.call(this.#precedes)
  }
}

function isBelow(f: FunctionBuilder, a: Local, b: Local): void {
  f.localGet(a)
  f.localGet(b)
  f.i32.lt_u()
}
