/** Walks over groups of axes that count as one, in runs of the last. */

import type { Axis } from "../../schedule/index.ts"
import type { Flat } from "../flatten.ts"
import type { KernelCode } from "./code.ts"

/** Binds all axes of a flat group but the run to what a flat number stands for; returns the start. */
export function decode(code: KernelCode, place: string, { outer, start }: Flat): string {
  const [outermost, ...between] = outer
  if (outermost === undefined) {
    code.block.bind(start, place)
    return place
  }
  let rest = place
  const split = (axis: Axis): string => {
    const coordinate = code.name("c")
    const whole = code.name("c")
    code.line(`const i64 ${coordinate} = (i64)((u32)${rest} % ${axis.extent}u);`)
    code.line(`const i64 ${whole} = (i64)((u32)${rest} / ${axis.extent}u);`)
    code.block.bind(axis, coordinate)
    rest = whole
    return coordinate
  }
  const at = split(start)
  for (const axis of between.reverse()) split(axis)
  code.block.bind(outermost, rest)
  return at
}

/**
 * Walks `count` iterations of a flat group from the flat number `first` on, in runs of its last axis.
 * `at` is the number of a run's first iteration in the walk, `length` how many it has.
 */
export function eachRun(
  code: KernelCode,
  flat: Flat,
  first: string,
  count: string,
  body: (at: string, length: string) => void,
): void {
  const at = code.name("at")
  if (flat.outer.length === 0) {
    code.open("", () => {
      code.line(`const i64 ${at} = 0;`)
      code.block.bind(flat.start, first)
      body(at, count)
    })
    return
  }
  code.line(`i64 ${at} = 0;`)
  code.open(`while (${at} < ${count})`, () => {
    const place = code.name("place")
    code.line(`const i64 ${place} = ${first} + ${at};`)
    const start = decode(code, place, flat)
    const length = code.name("length")
    code.line(`i64 ${length} = ${flat.extent} - ${start};`)
    code.line(`if (${length} > ${count} - ${at}) ${length} = ${count} - ${at};`)
    body(at, length)
    code.line(`${at} += ${length};`)
  })
}

/**
 * Walks a run in vectors. The body is written for a whole vector and for part of one; its argument is
 * the number of its first lane in the walk.
 */
export function inVectors(
  code: KernelCode,
  { run: axis }: Flat,
  at: string,
  length: string,
  body: (at: string) => void,
): void {
  const run = code.name("run")
  code.line(`i64 ${run} = 0;`)
  const place = `${at} + ${run}`
  const vectors = { axis, vectors: 1 }
  code.open(
    `for (; ${run} <= ${length} - ${code.lanes}; ${run} += ${code.lanes})`,
    () => {
      code.block.bind(axis, run)
      body(place)
    },
    { lanes: vectors },
  )
  if (Number(length) % code.lanes === 0) return
  code.open(`if (${run} < ${length})`, () => {
    const mask = code.name("tail")
    const type = `i32x${code.lanes}`
    code.line(
      `const ${type} ${mask} = (${type})(iota_x${code.lanes}() < (i32)(${length} - ${run}));`,
    )
    code.open(
      "",
      () => {
        code.block.bind(axis, run)
        body(place)
      },
      { lanes: { ...vectors, tail: mask } },
    )
  })
}
