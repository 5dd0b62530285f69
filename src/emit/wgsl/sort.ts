/**
 * Sorts: bitonic networks over the numbers of a row's elements. Equal keys are ordered by those
 * numbers, which makes every order the only one, and so stable.
 *
 * Rows that fit are sorted in shared memory by one workgroup each. Longer ones keep their numbers in
 * scratch memory: blocks of them are sorted and merged in shared memory, and pairs that lie further
 * apart are put in order by passes over all of it.
 */

import type { Buffer, SortKernel } from "../../schedule/index.ts"
import { groupsFor, plainInvocations } from "./pieces.ts"
import { type Parameter, type Shader, ShaderBuilder, type ShaderSite } from "./shader.ts"
import { toWord, typeOf } from "./types.ts"

/** Numbers that a workgroup sorts in shared memory. */
const mostInBlock = 512

export interface Sort {
  readonly shaders: readonly Shader[]
  /** Bytes of scratch memory. */
  readonly scratchBytes: number
}

export function emitSort(site: ShaderSite, kernel: SortKernel): Sort {
  const { extent, rows } = kernel
  let padded = 2
  while (padded < extent) padded *= 2
  const block = Math.min(padded, mostInBlock)
  if (padded === block) {
    return { shaders: [sortRows(site, kernel, block)], scratchBytes: 0 }
  }
  const shaders = [sortBlocks(site, kernel, padded, block)]
  for (let run = 2 * block; run <= padded; run *= 2) {
    for (let apart = run / 2; apart >= block; apart /= 2) {
      shaders.push(orderPairs(site, kernel, padded, run, apart))
    }
    shaders.push(mergeBlocks(site, kernel, padded, block, run))
  }
  shaders.push(gather(site, kernel, padded))
  return { shaders, scratchBytes: 4 * rows.extent * padded }
}

/** A key as a u32 that orders as the key does: NaN last, zeros equal. */
function orderedKey(buffer: Buffer, word: string): string {
  switch (typeOf(buffer.dtype)) {
    case "f32":
      return `maths_orderedFloat(${word})`
    case "i32":
      return `(${word} ^ 0x80000000u)`
    case "u32":
    case "bool":
      return word
  }
}

/** Sets `after` where element `a` of a row comes after element `b`. */
function compare(
  builder: ShaderBuilder,
  { operands, keys, extent }: SortKernel,
  row: string,
  a: string,
  b: string,
): string {
  const { text, values } = builder
  const after = text.name("after")
  text.line(`var ${after} = ${a} > ${b};`)
  values.block(`if (${a} < ${extent}u && ${b} < ${extent}u)`, () => {
    const compareFrom = (key: number): void => {
      if (key === keys) return
      const buffer = operands[key]
      const keyOf = (element: string): string =>
        text.keep(
          "v",
          orderedKey(
            buffer,
            toWord(buffer.dtype, builder.load(buffer, `i32(${row} * ${extent}u + ${element})`)),
          ),
        )
      const [first, second] = [keyOf(a), keyOf(b)]
      values.block(`if (${first} != ${second})`, () => {
        text.line(`${after} = ${first} > ${second};`)
      })
      if (key + 1 < keys) values.block("else", () => compareFrom(key + 1))
    }
    compareFrom(0)
  })
  return after
}

/** Puts the numbers at two places in order, rising or falling. */
function exchange(
  builder: ShaderBuilder,
  kernel: SortKernel,
  row: string,
  placeOf: (element: string) => string,
  low: string,
  high: string,
  isRising: string,
): void {
  const { text, values } = builder
  const a = text.keep("a", placeOf(low))
  const b = text.keep("b", placeOf(high))
  const after = compare(builder, kernel, row, a, b)
  values.block(`if (${after} == ${isRising})`, () => {
    text.line(`${placeOf(low)} = ${b};`)
    text.line(`${placeOf(high)} = ${a};`)
  })
}

/** The network's steps on a block in shared memory, from pairs so far apart down to neighbours. */
function network(
  builder: ShaderBuilder,
  kernel: SortKernel,
  shared: string,
  block: number,
  row: string,
  apart: string,
  isRising: (low: string) => string,
): void {
  const { text, values } = builder
  const distance = text.name("d")
  values.block(
    `for (var ${distance} = ${apart}; ${distance} > 0u; ${distance} = ${distance} / 2u)`,
    () => {
      const pair = text.name("e")
      const lanes = block / 2
      values.block(
        `for (var ${pair} = lane; ${pair} < ${lanes}u; ${pair} += ${invocationsFor(block)}u)`,
        () => {
          const low = text.keep("i", `2u * ${pair} - (${pair} & (${distance} - 1u))`)
          const high = text.keep("i", `${low} + ${distance}`)
          exchange(builder, kernel, row, (place) => `${shared}[${place}]`, low, high, isRising(low))
        },
      )
      text.line("workgroupBarrier();")
    },
  )
}

function invocationsFor(block: number): number {
  return Math.max(32, Math.min(256, block / 2))
}

/** Numbers written to shared memory by all invocations, and what is done with them afterwards. */
function forElements(builder: ShaderBuilder, block: number, body: (element: string) => void): void {
  const { text, values } = builder
  const element = text.name("e")
  const step = invocationsFor(block)
  values.block(`for (var ${element} = lane; ${element} < ${block}u; ${element} += ${step}u)`, () =>
    body(element),
  )
  text.line("workgroupBarrier();")
}

function sortFully(
  builder: ShaderBuilder,
  kernel: SortKernel,
  shared: string,
  block: number,
  row: string,
  first: string,
): void {
  const { text, values } = builder
  const run = text.name("run")
  values.block(`for (var ${run} = 2u; ${run} <= ${block}u; ${run} = 2u * ${run})`, () =>
    network(builder, kernel, shared, block, row, `${run} / 2u`, (low) => {
      return text.keep("rising", `((${first} + ${low}) & ${run}) == 0u`)
    }),
  )
}

/** Whole rows: numbered, sorted and gathered by a workgroup each. */
function sortRows(site: ShaderSite, kernel: SortKernel, block: number): Shader {
  const builder = new ShaderBuilder(site, kernel.results)
  const { text, values } = builder
  const shared = builder.shared("u32", block)
  const { rows, extent } = kernel
  values.block(`for (var row = group; row < ${rows.extent}u; row += groups)`, () => {
    forElements(builder, block, (element) => text.line(`${shared}[${element}] = ${element};`))
    sortFully(builder, kernel, shared, block, "row", "0u")
    forElements(builder, block, (element) =>
      values.block(`if (${element} < ${extent}u)`, () => {
        const from = text.keep("i", `${shared}[${element}]`)
        move(builder, kernel, `row * ${extent}u + ${from}`, `row * ${extent}u + ${element}`)
      }),
    )
  })
  return builder.finish(invocationsFor(block), rows.extent)
}

/** Puts an element of each operand in its place in the results. */
function move(builder: ShaderBuilder, kernel: SortKernel, from: string, to: string): void {
  const { text } = builder
  for (const [i, operand] of kernel.operands.entries()) {
    const value = text.keep("v", builder.load(operand, `i32(${from})`))
    builder.store(kernel.results[i], `i32(${to})`, value)
  }
}

/** The first step: blocks numbered and sorted, every other one falling. */
function sortBlocks(site: ShaderSite, kernel: SortKernel, padded: number, block: number): Shader {
  return inBlocks(site, kernel, padded, block, (builder, shared, row, first) => {
    const { text } = builder
    forElements(builder, block, (element) =>
      text.line(`${shared}[${element}] = ${first} + ${element};`),
    )
    sortFully(builder, kernel, shared, block, row, first)
  })
}

/** Steps inside of blocks, of a merge of runs of a given length. */
function mergeBlocks(
  site: ShaderSite,
  kernel: SortKernel,
  padded: number,
  block: number,
  run: Parameter & number,
): Shader {
  return inBlocks(site, kernel, padded, block, (builder, shared, row, first) => {
    const { text } = builder
    forElements(builder, block, (element) =>
      text.line(
        `${shared}[${element}] = ${builder.scratchWord(`${row} * ${padded}u + ${first} + ${element}`)};`,
      ),
    )
    const bit = text.keep("i", `1u << ${builder.parameter(Math.log2(run), 32)}`)
    network(builder, kernel, shared, block, row, `${block / 2}u`, (low) => {
      return text.keep("rising", `((${first} + ${low}) & ${bit}) == 0u`)
    })
  })
}

/** A workgroup for each block, whose numbers go back to scratch memory. */
function inBlocks(
  site: ShaderSite,
  kernel: SortKernel,
  padded: number,
  block: number,
  body: (builder: ShaderBuilder, shared: string, row: string, first: string) => void,
): Shader {
  const builder = new ShaderBuilder(site, [])
  const { text, values } = builder
  const shared = builder.shared("u32", block)
  const each = padded / block
  const pieces = kernel.rows.extent * each
  values.block(`for (var piece = group; piece < ${pieces}u; piece += groups)`, () => {
    const row = text.keep("i", `piece / ${each}u`)
    const first = text.keep("i", `piece % ${each}u * ${block}u`)
    body(builder, shared, row, first)
    forElements(builder, block, (element) => {
      const word = builder.scratchWord(`${row} * ${padded}u + ${first} + ${element}`)
      text.line(`${word} = ${shared}[${element}];`)
    })
  })
  return builder.finish(invocationsFor(block), pieces)
}

/** One step over pairs that lie in different blocks. */
function orderPairs(
  site: ShaderSite,
  kernel: SortKernel,
  padded: number,
  run: number,
  apart: number,
): Shader {
  const builder = new ShaderBuilder(site, [])
  const { text, values } = builder
  const pairs = (kernel.rows.extent * padded) / 2
  const bit = text.keep("i", `1u << ${builder.parameter(Math.log2(run), 32)}`)
  const distance = text.keep("i", `1u << ${builder.parameter(Math.log2(apart), 32)}`)
  const stride = `groups * ${plainInvocations}u`
  const start = `group * ${plainInvocations}u + lane`
  values.block(`for (var piece = ${start}; piece < ${pairs}u; piece += ${stride})`, () => {
    const row = text.keep("i", `piece / ${padded / 2}u`)
    const pair = text.keep("i", `piece % ${padded / 2}u`)
    const low = text.keep("i", `2u * ${pair} - (${pair} & (${distance} - 1u))`)
    const high = text.keep("i", `${low} + ${distance}`)
    const isRising = text.keep("rising", `(${low} & ${bit}) == 0u`)
    const placeOf = (place: string): string => builder.scratchWord(`${row} * ${padded}u + ${place}`)
    exchange(builder, kernel, row, placeOf, low, high, isRising)
  })
  return builder.finish(plainInvocations, groupsFor(pairs))
}

/** The last step: every element to its place. */
function gather(site: ShaderSite, kernel: SortKernel, padded: number): Shader {
  const builder = new ShaderBuilder(site, kernel.results)
  const { text, values } = builder
  const { rows, extent } = kernel
  const pieces = rows.extent * extent
  const stride = `groups * ${plainInvocations}u`
  const start = `group * ${plainInvocations}u + lane`
  values.block(`for (var piece = ${start}; piece < ${pieces}u; piece += ${stride})`, () => {
    const row = text.keep("i", `piece / ${extent}u`)
    const from = text.keep("i", builder.scratchWord(`${row} * ${padded}u + piece % ${extent}u`))
    move(builder, kernel, `${row} * ${extent}u + ${from}`, "piece")
  })
  return builder.finish(plainInvocations, groupsFor(pieces))
}
