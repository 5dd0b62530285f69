/** Packing a block of an operand into panels; what fills its last panel up is zero. */

import type { Scalar } from "../../schedule/index.ts"
import type { Side } from "../contraction-side.ts"
import type { KernelCode } from "./code.ts"
import { elementBytes, elementOf } from "./panels.ts"
import { decode, eachRun, inVectors } from "./walk.ts"

/** Whether an operand's elements are fetched along its depth. */
export function isAlongDepth({ way }: Side): boolean {
  return way.kind === "interleave" || (way.kind === "compute" && way.along === "depth")
}

interface Rows {
  readonly first: string
  readonly end: string
  /** Elements between rows of a panel where they lie along the depth. */
  readonly stride: number | undefined
}

/** Packs rows into `lhs`: panels of rows along the depth, or of steps of the depth with their rows. */
export function packRows(code: KernelCode, side: Side, { first, end, stride }: Rows): void {
  const { width } = side
  const element = elementOf(side.value)
  const panels = (body: (count: string) => void): void => {
    const panel = stride === undefined ? `steps * ${width}` : `${width * stride}`
    code.open(`for (i64 row = ${first}; row < ${end}; row += ${width})`, () => {
      code.line(`const i64 count = ${end} - row < ${width} ? ${end} - row : ${width};`)
      code.line(`${element} *to = lhs + (row - ${first}) / ${width} * (${panel});`)
      body(`(size_t)(${panel}) * ${elementBytes[element]}`)
    })
  }
  const store = (at: string): void => storeValue(code, side.value, `to + ${at}`)
  if (stride === undefined) {
    inStretches(code, side, (stretch) =>
      panels((bytes) => {
        code.line(`if (count < ${width} && ${stretch.isFirst}) memset(to, 0, ${bytes});`)
        alongItems(code, side, "row", store, stretch)
      }),
    )
    return
  }
  panels((bytes) => {
    code.line(`if (count < ${width}) memset(to, 0, ${bytes});`)
    alongDepth(code, side, "row", stride, store)
  })
}

/** Points `panels` to a group of columns where they lie. */
export function pointToColumns(code: KernelCode, { mapped, depth, way, value }: Side): void {
  if (way.kind === "compute") throw new Error("columns that are computed lie nowhere")
  const { buffer, index } = way.load
  code.line(`const ${elementOf(value)} *panels;`)
  // In a block of its own: the epilogue's columns are others.
  code.open("", () => {
    code.block.bind(mapped.start, "group")
    code.block.bind(mapped.run, "0")
    code.block.bind(depth.start, "from")
    code.block.bind(depth.run, "0")
    code.line(`panels = ${code.buffer(buffer)} + ${code.index(index)};`)
  })
}

/** Packs a group of columns into `rhs`, in panels of steps of the depth with their columns. */
export function packColumns(code: KernelCode, side: Side, stride: number): void {
  const { width } = side
  const element = elementOf(side.value)
  const bytes = elementBytes[element]
  const panels = (body: () => void): void =>
    code.open(`for (i64 column = group; column < groupEnd; column += ${width})`, () => {
      code.line(`const i64 count = groupEnd - column < ${width} ? groupEnd - column : ${width};`)
      code.line(`${element} *to = rhs + (column - group) * steps;`)
      body()
    })
  if (!isAlongDepth(side)) {
    const store = (at: string): void => storeValue(code, side.value, `to + ${at}`)
    inStretches(code, side, (stretch) =>
      panels(() => {
        const partial = `count < ${width} && ${stretch.isFirst}`
        code.line(`if (${partial}) memset(to, 0, (size_t)(steps * ${width}) * ${bytes});`)
        alongItems(code, side, "column", store, stretch)
      }),
    )
    return
  }
  panels(() => {
    code.line(`if (count < ${width}) memset(values, 0, ${bytes * width * stride});`)
    alongDepth(code, side, "column", stride, (at) => storeValue(code, side.value, `values + ${at}`))
    const { lanes } = code
    code.open(`for (i64 k = 0; k < steps; k += ${lanes})`, () => {
      code.line(`const int most = steps - k < ${lanes} ? (int)(steps - k) : ${lanes};`)
      code.open(`for (int c = 0; c < ${width}; c += ${lanes})`, () =>
        code.line(
          `turn_${element}x${lanes}(values + c * ${stride} + k, ${stride}, to + k * ${width} + c, ${width}, most);`,
        ),
      )
    })
  })
}

/** Steps of the block of depth that are packed together. */
interface Stretch {
  /** Which step of the block is its first, and how many it has. */
  readonly from: string
  readonly count: string
  /** Whether it is the block's first. */
  readonly isFirst: string
}

const wholeBlock: Stretch = { from: "0", count: "steps", isFirst: "1" }

/**
 * Steps whose elements lie side by side are packed into all panels before the next ones, so that
 * memory is read in whole lines, one after another, however narrow a panel is.
 */
const stepsOfStretch = 16

function inStretches(code: KernelCode, { depth }: Side, body: (stretch: Stretch) => void): void {
  // Where depth has several axes, finding a stretch's first step would cost as much.
  if (depth.outer.length > 0) {
    body(wholeBlock)
    return
  }
  code.open(`for (i64 done = 0; done < steps; done += ${stepsOfStretch})`, () => {
    code.line(
      `const i64 some = steps - done < ${stepsOfStretch} ? steps - done : ${stepsOfStretch};`,
    )
    body({ from: "done", count: "some", isFirst: "done == 0" })
  })
}

/** Fetches each item's elements along the depth; `store` is told where they belong in a panel. */
export function alongDepth(
  code: KernelCode,
  side: Side,
  first: string,
  stride: number,
  store: (at: string) => void,
): void {
  code.open("for (i64 item = 0; item < count; item++)", () => {
    decode(code, `(${first} + item)`, side.mapped)
    code.block.bind(side.mapped.run, "0")
    eachRun(code, side.depth, "from", "steps", (at, length) =>
      inVectors(code, side.depth, at, length, (place) => store(`item * ${stride} + ${place}`)),
    )
  })
}

/** Fetches each step's elements of all items; `store` is told where they belong in a panel. */
export function alongItems(
  code: KernelCode,
  side: Side,
  first: string,
  store: (at: string) => void,
  stretch = wholeBlock,
): void {
  const { mapped, depth, width } = side
  const steps = (at: string, length: string): void =>
    eachRun(code, depth, `(from + ${stretch.from})`, stretch.count, (from, count) => {
      const step = code.name("step")
      code.open(`for (i64 ${step} = 0; ${step} < ${count}; ${step}++)`, () => {
        code.block.bind(depth.run, step)
        inVectors(code, mapped, at, length, (place) =>
          store(`(${stretch.from} + ${from} + ${step}) * ${width} + ${place}`),
        )
      })
    })
  if (mapped.extent % width !== 0) {
    eachRun(code, mapped, first, "count", steps)
    return
  }
  // Each panel is part of one run, and full.
  code.open("", () => {
    decode(code, first, mapped)
    steps("0", String(width))
  })
}

/** Stores a float, or a vector of its lanes, at an address. */
export function storeValue(code: KernelCode, value: Scalar, address: string): void {
  const vector = code.as(value, 0, true)
  const mask = code.block.mask
  const name = `${elementOf(value)}x${code.lanes}`
  code.line(
    mask === undefined
      ? `store_${name}(${address}, ${vector});`
      : `storem_${name}(${address}, ${vector}, ${mask});`,
  )
}
