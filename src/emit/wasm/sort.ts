/** Sort kernels: a stable sort of each row's places, then all operands in that order. */

import type { Buffer, SortKernel } from "../../schedule/index.ts"
import { dtypes } from "../../size/index.ts"
import type { FunctionBuilder, Local } from "./assembler.ts"
import { KernelContext, type ProgramContext } from "./context.ts"
import { countBytes, radixSort } from "./radix.ts"

/** Writes the function of a sort. */
export function emitSort(program: ProgramContext, kernel: SortKernel): KernelContext {
  const { rows, extent, keys, operands, results } = kernel
  const context = new KernelContext(program, kernel, [])
  const { f, scratch } = context
  // The counts of a radix sort lie where a result will be.
  const room = results.findIndex(({ dtype }) => extent * dtypes[dtype].bytes >= countBytes)
  const sortPlaces = room < 0 ? mergeSorter(program, kernel) : undefined
  const [here, there] = [f.local("i32", "here"), f.local("i32", "there")]
  const sortRow = (row: Local): void => {
    const startsOf = (buffers: readonly Buffer[]): Local[] =>
      buffers.map((buffer) => rowStart(context, buffer, row, extent))
    const from = startsOf(operands)
    const to = startsOf(results)
    f.set(here, scratch)
    f.localGet(scratch)
    f.i32.const(4 * extent)
    f.i32.add()
    f.localSet(there)
    const place = f.local("i32", "place")
    f.forRange(place, 0, extent, 1, () => {
      pushWord(f, here, place)
      f.localGet(place)
      f.i32.store()
    })
    const starts = from.slice(0, keys)
    if (sortPlaces !== undefined) sortPlaces(f, here, there, starts)
    else {
      const radixKeys = starts.map((start, i) => ({ start, dtype: operands[i].dtype }))
      radixSort(f, extent, here, there, to[room], radixKeys)
    }
    for (const [i, { dtype }] of operands.entries()) {
      const source = f.local("i32")
      f.forRange(place, 0, extent, 1, () => {
        pushWord(f, here, place)
        f.i32.load()
        f.localSet(source)
        pushElement(f, to[i], place, dtypes[dtype].bytes)
        pushElement(f, from[i], source, dtypes[dtype].bytes)
        if (dtype === "bool") {
          f.i32.load8_u()
          f.i32.store8()
        } else if (dtype === "float64") {
          f.i64.load()
          f.i64.store()
        } else {
          f.i32.load()
          f.i32.store()
        }
      })
    }
  }
  if (rows.place === "threads") sortRow(context.piece)
  else {
    const row = f.local("i32", "row")
    f.forRange(row, 0, rows.extent, 1, () => sortRow(row))
  }
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
    pushWord(f, there, to)
    f.localGet(value)
    f.i32.store()
    f.increment(from, 1)
  }
  const fetch = (value: Local, from: Local): void => {
    pushWord(f, here, from)
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

/**
 * The function (a, b, key rows …) -> i32: whether element a of the keys comes before element b.
 * NaN comes after everything else, and −0 and +0 are equal.
 */
function addPrecedes({ module }: ProgramContext, keys: readonly Buffer[]): number {
  const params = ["i32", "i32", ...keys.map(() => "i32" as const)] as const
  const f = module.function({ params, results: ["i32"] }, "precedes")
  const [a, b, ...rows] = f.locals.slice()
  for (const [i, { dtype }] of keys.entries()) {
    const { bytes, kind } = dtypes[dtype]
    const type = kind !== "float" ? "i32" : bytes === 8 ? "f64" : "f32"
    const [x, y] = [f.local(type), f.local(type)]
    for (const [value, place] of [
      [x, a],
      [y, b],
    ]) {
      pushElement(f, rows[i], place, bytes)
      if (type !== "i32") f[type].load()
      else if (bytes === 1) f.i32.load8_u()
      else f.i32.load()
      f.localSet(value)
    }
    const isLess = (p: Local, q: Local): void => {
      f.localGet(p)
      f.localGet(q)
      if (type === "i32") {
        f.i32[kind === "signed" ? "lt_s" : "lt_u"]()
        return
      }
      f[type].lt()
      for (const [value, test] of [
        [p, "eq"],
        [q, "ne"],
      ] as const) {
        f.localGet(value)
        f.localGet(value)
        f[type][test]()
      }
      f.i32.and()
      f.i32.or()
    }
    for (const [p, q, result] of [
      [x, y, 1],
      [y, x, 0],
    ] as const) {
      isLess(p, q)
      f.if()
      f.i32.const(result)
      f.return()
      f.end()
    }
  }
  f.i32.const(0)
  return f.index
}

/** The address of a row of a buffer. */
function rowStart(context: KernelContext, buffer: Buffer, row: Local, extent: number): Local {
  const { f } = context
  const { local, offset } = context.base(buffer)
  const start = f.local("i32")
  f.localGet(local)
  f.localGet(row)
  f.i32.const(extent * dtypes[buffer.dtype].bytes)
  f.i32.mul()
  f.i32.add()
  f.i32.const(offset)
  f.i32.add()
  f.localSet(start)
  return start
}

function pushWord(f: FunctionBuilder, start: Local, place: Local): void {
  pushElement(f, start, place, 4)
}

/** Pushes start + place·bytes. */
function pushElement(f: FunctionBuilder, start: Local, place: Local, bytes: number): void {
  f.localGet(start)
  f.localGet(place)
  if (bytes > 1) {
    f.i32.const(Math.log2(bytes))
    f.i32.shl()
  }
  f.i32.add()
}
