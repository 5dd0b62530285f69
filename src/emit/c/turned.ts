/**
 * Maps that read along another axis than the one they store along: squares are turned in registers,
 * so that both ways whole lines of memory are read and written.
 */

import { type Axis, type LoopKernel, type Scalar, strideOf } from "../../schedule/index.ts"
import type { KernelCode } from "./code.ts"
import { inLanes, nest } from "./nest.ts"
import { cTypes, registerType } from "./registers.ts"

type Load = Extract<Scalar, { kind: "load" }>

export interface Turn {
  readonly lane: Axis
  /** The axis along which the loads run. */
  readonly along: Axis
  readonly loads: readonly Load[]
}

/** Vectors of the other axis that are read together: two lines of each row and their neighbours. */
const together = 4

/** How a map's loads can be turned; undefined where there is nothing to turn. */
export function turnOf(
  { axes, reduced, accumulators, stores }: LoopKernel,
  lane: Axis | undefined,
  { lanes }: KernelCode,
): Turn | undefined {
  if (lane === undefined || accumulators.length + reduced.length > 0) return undefined
  if (!axes.includes(lane) || lane.extent < lanes || stores.some(({ skips }) => skips))
    return undefined
  const loads = alwaysLoaded(stores.map(({ value }) => value))
  for (const along of axes) {
    if (along.place !== "steps" || along.extent < lanes || along.within?.outer === lane) continue
    const turned = loads.filter(({ dtype, index }) => {
      const apart = strideOf(index, lane)
      const isWord = cTypes[dtype].memory === cTypes[dtype].register && dtype !== "float64"
      return isWord && strideOf(index, along) === 1 && apart !== undefined && apart > 1
    })
    const stored = new Set(stores.map(({ buffer }) => buffer))
    if (turned.length > 0 && turned.length <= 4 && turned.every((l) => !stored.has(l.buffer))) {
      return { lane, along, loads: turned }
    }
  }
  return undefined
}

/** The loads that are done wherever the kernel stores: those behind no guard. */
function alwaysLoaded(values: readonly Scalar[]): readonly Load[] {
  const found = new Set<Load>()
  const visit = (scalar: Scalar): void => {
    if (scalar.kind === "load") found.add(scalar)
    else if (scalar.kind === "apply") scalar.operands.forEach(visit)
  }
  values.forEach(visit)
  return [...found]
}

/** Does the stores for all iterations of a map; those over threads stand already. */
export function writeTurned(
  code: KernelCode,
  { axes }: LoopKernel,
  turn: Turn,
  store: () => void,
): void {
  const { lane, along } = turn
  const { lanes } = code
  const outer = axes.filter((axis) => axis !== lane && axis !== along)
  const block = together * lanes
  code.turns = true
  nest(code, outer, undefined, 1, () => {
    const end = code.endOf(along)
    const [first, count, k] = [code.name("a"), code.name("count"), code.name("k")]
    const at = `(${first} + ${k})`
    const each = (start: string): void =>
      code.open(`for (${start}; ${k} < ${count}; ${k}++)`, () => {
        code.block.bind(along, at)
        store()
      })
    code.open(`for (i64 ${first} = 0; ${first} < ${end}; ${first} += ${block})`, () => {
      code.line(`const i64 ${count} = ${end} - ${first} < ${block} ? ${end} - ${first} : ${block};`)
      inLanes(code, lane, 1, () => {
        if (code.block.mask !== undefined) {
          each(`i64 ${k} = 0`)
          return
        }
        code.line(`i64 ${k} = 0;`)
        code.open(`for (; ${k} <= ${count} - ${lanes}; ${k} += ${lanes})`, () =>
          square(code, turn, at, store),
        )
        if (typeof end === "string" || end % lanes !== 0) each("")
      })
    })
  })
}

/** Turns a square of each load, and stores along the lanes what it came to. */
function square(
  code: KernelCode,
  { lane, along, loads }: Turn,
  first: string,
  store: () => void,
): void {
  const { lanes } = code
  const squares = loads.map(({ buffer, index, dtype }) => {
    const name = code.name("square")
    const apart = strideOf(index, lane)
    code.line(`_Alignas(64) ${cTypes[dtype].memory} ${name}[${lanes * lanes}];`)
    code.open("", () => {
      code.block.bind(along, first)
      const from = `(const f32 *)(${code.buffer(buffer)} + ${code.index(index)})`
      code.line(`turn_f32x${lanes}(${from}, ${apart}, (f32 *)${name}, ${lanes}, ${lanes});`)
    })
    return name
  })
  const j = code.name("j")
  code.open(`for (i64 ${j} = 0; ${j} < ${lanes}; ${j}++)`, () => {
    code.block.bind(along, `(${first} + ${j})`)
    for (const [i, load] of loads.entries()) {
      const name = code.name("v")
      const { register, memory } = cTypes[load.dtype]
      const vector = `load_${memory}x${lanes}(${squares[i]} + ${j} * ${lanes})`
      code.line(`const ${registerType(register, lanes)} ${name} = ${vector};`)
      code.block.setValue(load, 0, name)
    }
    store()
  })
}
