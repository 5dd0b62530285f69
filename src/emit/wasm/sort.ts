/**
 * Sort kernels: a stable sort of each row's places, then all operands in that order; or, of short rows
 * by a single key, all operands to the places that their ranks are.
 */

import { type Buffer, ranksRows, type SortKernel, shortRow } from "../../schedule/index.ts"
import type { FunctionBuilder, Local } from "./assembler.ts"
import { KernelContext, type ProgramContext } from "./context.ts"
import {
  addPrecedes,
  moveElement,
  pushDifference,
  pushElement,
  pushLeast,
  pushProduct,
  splitPiece,
  startAt,
} from "./ordering.ts"
import { radixSort } from "./radix.ts"
import { sortByRanks } from "./ranks.ts"

/** Writes the function of a sort. */
export function emitSort(program: ProgramContext, kernel: SortKernel): KernelContext {
  const { rows, extent, stretch, keys, operands, results } = kernel
  const context = new KernelContext(program, kernel, [])
  const { f, scratch } = context
  const byRanks = ranksRows(kernel)
  const sortPlaces = stretch <= shortRow && !byRanks ? mergeSorter(program, kernel) : undefined
  const [here, there] = [f.local("i32", "here"), f.local("i32", "there")]
  /** Sorts `count` elements from element `first` of the operands on. */
  const sortFrom = (first: Local, count: Local | number): void => {
    const startsOf = (buffers: readonly Buffer[]): Local[] =>
      buffers.map((buffer) => startAt(context, buffer, first))
    const from = startsOf(operands)
    const to = startsOf(results)
    f.set(here, scratch)
    if (byRanks) {
      sortByRanks(f, kernel, here, from, to)
      return
    }
    f.localGet(scratch)
    f.i32.const(4 * stretch)
    f.i32.add()
    f.localSet(there)
    const place = f.local("i32", "place")
    f.forRange(place, 0, count, 1, () => {
      pushElement(f, here, place, 4)
      f.localGet(place)
      f.i32.store()
    })
    const starts = from.slice(0, keys)
    if (sortPlaces !== undefined) sortPlaces(f, here, there, starts)
    else {
      const counts = f.local("i32", "counts")
      f.localGet(scratch)
      f.i32.const(8 * stretch)
      f.i32.add()
      f.localSet(counts)
      const radixKeys = starts.map((start, i) => ({ start, dtype: operands[i].dtype }))
      radixSort(f, { count, stretch }, { here, there, counts }, radixKeys)
    }
    for (const [i, { dtype }] of operands.entries()) {
      const source = f.local("i32")
      f.forRange(place, 0, count, 1, () => {
        pushElement(f, here, place, 4)
        f.i32.load()
        f.localSet(source)
        moveElement(f, { start: to[i], place }, { start: from[i], place: source }, dtype)
      })
    }
  }
  const first = f.local("i32", "first")
  if (stretch < extent) {
    const count = f.local("i32", "count")
    const { row, part } = splitPiece(f, context.piece, Math.ceil(extent / stretch))
    const before = f.local("i32", "before")
    f.set(before, () => pushProduct(f, part, stretch))
    f.set(count, () => pushLeast(f, stretch, () => pushDifference(f, extent, before)))
    f.set(first, () => pushProduct(f, row, extent))
    f.increment(first, before)
    sortFrom(first, count)
  } else if (rows.place === "threads") {
    f.set(first, () => pushProduct(f, context.piece, extent))
    sortFrom(first, extent)
  } else f.forRange(first, 0, rows.extent * extent, extent, () => sortFrom(first, extent))
  return context
}

/** Code for sorting a row's places by merging, which pays for short rows. */
function mergeSorter(program: ProgramContext, { extent, keys, operands }: SortKernel) {
  const precedes = addPrecedes(program, operands.slice(0, keys))
  return (f: FunctionBuilder, here: Local, there: Local, starts: readonly Local[]): void =>
    mergeSort(f, extent, here, there, (second, first) => {
      f.localGet(second)
      f.localGet(first)
      for (const start of starts) f.localGet(start)
      f.call(precedes)
    })
}

/** Sorts the words at `here` with the help of `there`; the two change places on the way. */
function mergeSort(
  f: FunctionBuilder,
  extent: number,
  here: Local,
  there: Local,
  pushPrecedes: (second: Local, first: Local) => void,
): void {
  const names = ["width", "low", "middle", "high", "left", "right", "to", "swap"] as const
  const [width, low, middle, high, left, right, to, swap] = names.map((n) => f.local("i32", n))
  const [first, second] = [f.local("i32", "first"), f.local("i32", "second")]
  const upTo = (target: Local, ahead: number): void => {
    // min(low + ahead·width, extent)
    f.localGet(low)
    f.localGet(width)
    f.i32.const(ahead)
    f.i32.mul()
    f.i32.add()
    f.localTee(target)
    f.i32.const(extent)
    f.localGet(target)
    f.i32.const(extent)
    f.i32.lt_u()
    f.select()
    f.localSet(target)
  }
  const take = (from: Local, value: Local): void => {
    pushElement(f, there, to, 4)
    f.localGet(value)
    f.i32.store()
    f.increment(from, 1)
  }
  const fetch = (value: Local, from: Local): void => {
    pushElement(f, here, from, 4)
    f.i32.load()
    f.localSet(value)
  }
  const isBelow = (a: Local, b: Local): void => {
    f.localGet(a)
    f.localGet(b)
    f.i32.lt_u()
  }
  const merge = (): void => {
    f.set(left, low)
    f.set(right, middle)
    f.forRange(to, low, high, 1, () => {
      const takeLeft = (): void => {
        fetch(first, left)
        take(left, first)
      }
      const takeRight = (): void => {
        fetch(second, right)
        take(right, second)
      }
      const choose = (): void => {
        fetch(first, left)
        fetch(second, right)
        pushPrecedes(second, first)
        f.if()
        take(right, second)
        f.else()
        take(left, first)
        f.end()
      }
      f.if_(
        () => isBelow(left, middle),
        () => f.if_(() => isBelow(right, high), choose, takeLeft),
        takeRight,
      )
    })
  }
  f.set(width, 1)
  f.while_(
    () => {
      f.localGet(width)
      f.i32.const(extent)
      f.i32.lt_u()
    },
    () => {
      f.set(low, 0)
      f.while_(
        () => {
          f.localGet(low)
          f.i32.const(extent)
          f.i32.lt_u()
        },
        () => {
          upTo(middle, 1)
          upTo(high, 2)
          merge()
          f.set(low, high)
        },
      )
      f.set(swap, here)
      f.set(here, there)
      f.set(there, swap)
      f.increment(width, width)
    },
  )
}
