/** Random control flow: loops, while loops and conds around random graphs, nested. */

import fc from "fast-check"
import {
  type ArrayType,
  type ControlPrimitive,
  checkGraph,
  type Graph,
  type GraphBuilder,
  operations as op,
  type PlainPrimitive,
  printGraph,
  rowsOf,
  type Variable,
} from "../../src/graph/index.ts"
import { isFloat } from "../../src/size/index.ts"
import { Chance } from "./chance.ts"
import { growers } from "./growers.ts"
import { type Case, primitives, randomArguments } from "./random.ts"
import { Soil, type SoilOptions } from "./soil.ts"

export interface ControlOptions extends SoilOptions {
  /** The plain primitives to use (default all). */
  readonly primitives?: readonly PlainPrimitive[]
  /** The control flow to use (default all). */
  readonly control?: readonly ControlPrimitive[]
  /** How deep control flow may be nested (default 2). */
  readonly depth?: number
}

/** Random graphs with control flow; a failing one prints its seed and its text. */
export function randomControl(options: ControlOptions = {}): fc.Arbitrary<Case> {
  return fc.tuple(fc.nat(), fc.integer({ min: 1, max: 3 })).map(([seed, equations]) => {
    const soil = new Soil(new Chance(seed), options)
    for (let i = 0; i < equations; i++) {
      if (soil.chance.happens(0.5)) growPlain(soil, options)
      growControl(soil, options)
    }
    const graph = soil.b.build([])
    const used = new Set(graph.equations.flatMap(({ operands }) => operands))
    const results = graph.equations.flatMap((equation) => equation.results)
    const outputs = results.filter((v) => !used.has(v) || soil.chance.happens(0.2))
    const whole = checkGraph({ ...graph, outputs })
    const printed = { [fc.toStringMethod]: () => `seed ${seed}:\n${printGraph(whole)}` }
    return { seed, graph: whole, inputs: randomArguments(whole, seed), ...printed }
  })
}

function growPlain(soil: Soil, options: ControlOptions): void {
  growers[soil.chance.pick(options.primitives ?? primitives)](soil)
}

function growControl(soil: Soil, options: ControlOptions): void {
  const all: readonly ControlPrimitive[] = ["loop", "while", "cond"]
  controlGrowers[soil.chance.pick(options.control ?? all)](soil, options)
}

/** A graph inside another: what it takes beside the inputs given is appended to them. */
interface Inner {
  readonly graph: Graph
  /** The types of the inputs that were appended. */
  readonly extra: readonly ArrayType[]
}

function growInner(
  soil: Soil,
  options: ControlOptions,
  types: readonly ArrayType[],
  outputsOf: (inner: Soil, inputs: readonly Variable[]) => readonly Variable[],
): Inner {
  const inner = new Soil(soil.chance, options)
  const inputs = types.map((type) => inner.roundedInput(type))
  const depth = options.depth ?? 2
  for (let i = soil.chance.between(1, 3); i > 0; i--) {
    if (depth > 1 && soil.chance.happens(0.25)) growControl(inner, { ...options, depth: depth - 1 })
    else growPlain(inner, options)
  }
  const graph = inner.b.build(outputsOf(inner, inputs))
  return { graph, extra: graph.inputs.slice(types.length) }
}

/** A value of a type, kept small so that many steps do not let it grow. */
function small(inner: Soil, type: ArrayType): Variable {
  const value = inner.like(type)
  return isFloat(type.dtype) ? op.apply(inner.b, "tanh", value) : value
}

function typesOf(soil: Soil, least: number, most: number): ArrayType[] {
  return Array.from({ length: soil.chance.between(least, most) }, () => {
    const { shape, dtype } = soil.operand()
    return { shape, dtype }
  })
}

/** Inputs of a graph with those that were appended before the others. */
function extraFirst({ graph, extra }: Inner): Graph {
  const own = graph.inputs.length - extra.length
  return { ...graph, inputs: [...graph.inputs.slice(own), ...graph.inputs.slice(0, own)] }
}

const controlGrowers: {
  readonly [P in ControlPrimitive]: (soil: Soil, options: ControlOptions) => void
} = {
  loop: (soil, options) => {
    const length = soil.chance.between(0, 4)
    const carries = typesOf(soil, 0, 2)
    const rows = typesOf(soil, 0, 2).map((type) => ({
      shape: type.shape.slice(0, 2),
      dtype: type.dtype,
    }))
    const stacked = soil.chance.between(carries.length === 0 ? 1 : 0, 2)
    const inner = growInner(soil, options, [...carries, ...rows], (own, inputs) => {
      const next = carries.map((type, i) =>
        own.chance.happens(0.1) ? inputs[i] : small(own, type),
      )
      const ys = Array.from({ length: stacked }, () => own.chance.pick([...own.variables]))
      return [...next, ...(own.variables.length > 0 ? ys : [])]
    })
    if (inner.graph.outputs.length === 0) return
    soil.grow(
      "loop",
      [
        ...inner.extra.map((type) => soil.like(type)),
        ...carries.map((type) => soil.like(type)),
        ...rows.map((type) => soil.like(rowsOf(type, length))),
      ],
      {
        body: extraFirst(inner),
        length,
        consts: inner.extra.length,
        carries: carries.length,
        reverse: soil.chance.happens(0.4),
      },
      "rounded",
    )
  },

  while: (soil, options) => {
    const limit = soil.chance.between(0, 4)
    const counter: ArrayType = { shape: [], dtype: "int32" }
    const carries = [counter, ...typesOf(soil, 0, 2)]
    const inner = growInner(soil, options, carries, (own, [count, ...rest]) => [
      op.add(own.b, count, 1),
      ...carries.slice(1).map((type, i) => (own.chance.happens(0.1) ? rest[i] : small(own, type))),
    ])
    const asking = new Soil(soil.chance, options)
    const [count] = carries.map((type) => asking.input(type))
    const goesOn = op.less(asking.b, count, limit)
    soil.grow(
      "while",
      [
        ...inner.extra.map((type) => soil.like(type)),
        op.combine(soil.b, "maximum", soil.like(counter, "exact"), 0),
        ...carries.slice(1).map((type) => soil.like(type)),
      ],
      {
        condition: asking.b.build([goesOn]),
        body: extraFirst(inner),
        conditionConsts: 0,
        bodyConsts: inner.extra.length,
      },
      "rounded",
    )
  },

  cond: (soil, options) => {
    const operands = typesOf(soil, 0, 2)
    const results = typesOf(soil, 1, 2)
    const inner = Array.from({ length: soil.chance.between(1, 3) }, () =>
      growInner(soil, options, operands, (own) => results.map((type) => small(own, type))),
    )
    const extra = inner.flatMap((branch) => branch.extra)
    let from = 0
    const branches = inner.map((branch) => {
      const before = extra.slice(0, from)
      from += branch.extra.length
      return onAll(branch, operands.length, before, extra.slice(from))
    })
    soil.grow(
      "cond",
      [
        soil.like({ shape: [], dtype: "int32" }, "exact"),
        ...operands.map((type) => soil.like(type)),
        ...extra.map((type) => soil.like(type)),
      ],
      { branches },
      "rounded",
    )
  },
}

/** A branch that takes what other branches take too, and does not look at it. */
function onAll(
  { graph }: Inner,
  own: number,
  before: readonly ArrayType[],
  after: readonly ArrayType[],
): Graph {
  const unread = (types: readonly ArrayType[]): Variable[] => {
    const b: GraphBuilder = new Soil(new Chance(0)).b
    return types.map((type) => b.input(type))
  }
  return {
    ...graph,
    inputs: [
      ...graph.inputs.slice(0, own),
      ...unread(before),
      ...graph.inputs.slice(own),
      ...unread(after),
    ],
  }
}
