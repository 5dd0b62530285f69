/**
 * The counting run: executes a graph scalar by scalar, by the trees that its price speaks of, and
 * reports what it did. Nothing here knows a price rule; the two are compared.
 */

import {
  type Equation,
  forElementwise,
  type Graph,
  type Primitive,
  type Variable,
} from "../../graph/index.ts"
import { decodeTyped } from "../../size/index.ts"
import { type Cell, type Combine, Ledger } from "./cells.ts"
import { type Contraction, convolveContraction, dotContraction } from "./contraction.ts"
import { chosenBranch, rowAt } from "./control.ts"
import {
  type Combination,
  comparePlaces,
  foldPlaces,
  monoid,
  scanRows,
  scatterCombine,
  scatterPlaces,
  takesPlace,
} from "./folds.ts"
import { type Argument, applyRule, requireInputs } from "./interpreter.ts"
import { countOf, rowsAlong } from "./layout.ts"
import { type Move, type MovePrimitive, moveRules } from "./moves.ts"
import { type ScalarPrimitive, scalarFunction } from "./scalar.ts"
import { Storages } from "./storages.ts"
import { type HostArray, roomFor, roundStored, shapeOf } from "./values.ts"

/** What a run did. */
export interface Count {
  readonly outputs: readonly HostArray[]
  /** Scalar operations executed. */
  readonly operations: number
  /** Steps on as many threads as can be of use, where an equation waits for whole operands. */
  readonly span: number
  /** The longest chain of operations, where each scalar waits only for what it needs. */
  readonly chain: number
  /** Most operations in one step. */
  readonly threads: number
  /** Most bytes at once, one equation after another. */
  readonly sequentialMemory: number
  /** Most bytes at once when every equation starts as early as it can. */
  readonly earliestMemory: number
}

/** An array of cells. */
interface Counted extends HostArray {
  readonly steps: Int32Array
  readonly chains: Int32Array
}

interface Context {
  readonly ledger: Ledger
  /** The step at which all operands are there. */
  readonly start: number
  /** Runs a graph of the equation's own from some step on. */
  readonly within: (graph: Graph, inputs: readonly Counted[], start: number) => Inner
}

/** A graph that ran from some step on. */
interface Inner {
  readonly outputs: readonly Counted[]
  /** The step at which it was done. */
  readonly end: number
  readonly chain: number
  readonly storages: Storages
}

type CountRule<P extends Primitive> = (
  equation: Equation<P>,
  operands: readonly Counted[],
  context: Context,
) => readonly (readonly Cell[])[]

/**
 * Runs a graph of concrete sizes and counts. Results are those of `evaluate`, but for the order in
 * which floats are added.
 * @throws TypeError or RangeError naming the input that does not fit, or a symbolic size.
 */
export function countRun(graph: Graph, inputs: readonly Argument[]): Count {
  requireInputs(graph, inputs)
  const ledger = new Ledger()
  const arguments_ = graph.inputs.map((input, i): Counted => {
    const data = decodeTyped(input.dtype, inputs[i].data)
    const [steps, chains] = [new Int32Array(data.length), new Int32Array(data.length)]
    return { data, steps, chains, shape: shapeOf(input), dtype: input.dtype }
  })
  const { outputs, end, chain, storages } = countGraph(graph, arguments_, ledger, 0)
  return {
    outputs,
    operations: ledger.operations,
    span: end,
    chain,
    threads: ledger.inFlight.reduce((a, b) => Math.max(a, b), 0),
    ...storages.highWater(),
  }
}

/** Runs a graph whose inputs are there at some step. */
function countGraph(
  graph: Graph,
  inputs: readonly Counted[],
  ledger: Ledger,
  begin: number,
): Inner {
  const storages = new Storages(graph)
  const values = new Map<Variable, Counted>()
  const ready = new Map<Variable, number>()
  let [last, chain] = [begin, 0]
  for (const [i, input] of graph.inputs.entries()) {
    values.set(input, inputs[i])
    ready.set(input, begin)
  }
  const read = (variable: Variable): Counted => {
    const value = values.get(variable)
    if (value === undefined) throw new Error("a graph uses a variable before it is computed")
    return value
  }
  for (const equation of graph.equations) {
    const operands = equation.operands.map(read)
    const start = Math.max(begin, ...equation.operands.map((operand) => ready.get(operand) ?? 0))
    const inside = { sequential: 0, earliest: 0 }
    let innermost = start
    const within: Context["within"] = (inner, arguments_, from) => {
      const ran = countGraph(inner, arguments_, ledger, from)
      const { sequentialMemory, earliestMemory } = ran.storages.beyondInputs()
      inside.sequential = Math.max(inside.sequential, sequentialMemory)
      inside.earliest = Math.max(inside.earliest, earliestMemory)
      chain = Math.max(chain, ran.chain)
      innermost = Math.max(innermost, ran.end)
      return ran
    }
    const results = applyCountRule(equation, operands, { ledger, start, within })
    const made = equation.results.map((result, i) => collect(result, results[i]))
    const end = made.reduce((m, { steps }) => steps.reduce((a, b) => Math.max(a, b), m), innermost)
    for (const [i, result] of equation.results.entries()) {
      values.set(result, made[i])
      ready.set(result, end)
      chain = made[i].chains.reduce((a, b) => Math.max(a, b), chain)
    }
    last = Math.max(last, end)
    storages.ran(equation, start, end, inside)
  }
  return { outputs: graph.outputs.map(read), end: last, chain, storages }
}

function collect(variable: Variable, cells: readonly Cell[]): Counted {
  const data = roomFor(variable)
  data.set(cells.map(({ value }) => value))
  roundStored(variable.dtype, data)
  return {
    data,
    steps: Int32Array.from(cells, ({ step }) => step),
    chains: Int32Array.from(cells, ({ chain }) => chain),
    shape: shapeOf(variable),
    dtype: variable.dtype,
  }
}

/** An element as a cell that is there when the equation starts. */
function cellAt({ data, chains }: Counted, i: number, { start }: Context): Cell {
  return { value: data[i], step: start, chain: chains[i] }
}

function cellsOf(operand: Counted, context: Context): readonly Cell[] {
  return Array.from(operand.data, (_, i) => cellAt(operand, i, context))
}

function constantCell(value: number, { start }: Context): Cell {
  return { value, step: start, chain: 0 }
}

function elementwise(
  { primitive, params }: Equation<ScalarPrimitive>,
  operands: readonly Counted[],
  context: Context,
): readonly (readonly Cell[])[] {
  const scalar = scalarFunction(primitive, operands[0].dtype, params)
  const cells = operands.map((operand) => cellsOf(operand, context))
  return [
    cells[0].map((_, i) => {
      const [a, b, c, d] = [0, 1, 2, 3].map((k) => (cells[k] ?? cells[0])[i])
      const value = scalar(a.value, b.value, c.value, d.value)
      return context.ledger.run(
        cells.map((list) => list[i]),
        value,
      )
    }),
  ]
}

/** The interpreter's values, for primitives whose elements carry no history or whose bits matter. */
function valuesOf(equation: Equation, operands: readonly Counted[]): readonly number[] {
  return [...applyRule(equation, operands)[0]]
}

function moved(operands: readonly Counted[], move: Move, i: number, context: Context): Cell {
  const from = move.indices[i]
  if (from < 0) return constantCell(move.fill ?? 0, context)
  return cellAt(operands[move.operands?.[i] ?? 0], from, context)
}

/** The same elements elsewhere, without an operation. */
function view<P extends MovePrimitive>(primitive: P): CountRule<P> {
  return (equation, operands, context) => {
    const move = moveRules[primitive](equation, operands)
    return [Array.from(move.indices, (_, i) => moved(operands, move, i, context))]
  }
}

/**
 * One operation for every element that is moved. It waits for the indices, which are so many
 * operands from the given one on; result elements share an index tuple in equal runs.
 */
function move<P extends MovePrimitive>(primitive: P, firstIndex?: number): CountRule<P> {
  return (equation, operands, context) => {
    const plan = moveRules[primitive](equation, operands)
    const indices = firstIndex === undefined ? [] : operands.slice(firstIndex)
    const run = plan.indices.length / (indices[0]?.data.length ?? 1)
    return [
      Array.from(plan.indices, (_, i) => {
        const cell = moved(operands, plan, i, context)
        const tuple = indices.map((index) => cellAt(index, Math.floor(i / run), context))
        return context.ledger.run([cell, ...tuple], cell.value)
      }),
    ]
  }
}

function creation(equation: Equation<"full" | "iota">, _: readonly Counted[], context: Context) {
  return [valuesOf(equation, []).map((value) => constantCell(value, context))]
}

function reduction<P extends "reduceSum" | "reduceProd" | "reduceMax" | "reduceMin">(
  combination: Combination,
): CountRule<P> {
  return ({ params }, [operand], context) => {
    const { combine, identity } = monoid(combination, operand.dtype)
    const { starts, steps } = rowsAlong(operand.shape, params.axes)
    return [
      Array.from(starts, (start) => {
        const row = Array.from(steps, (step) => cellAt(operand, start + step, context))
        return context.ledger.tree(row, combine) ?? constantCell(identity, context)
      }),
    ]
  }
}

/** The tree combines indices, by the values that they stand for; the left one wins ties. */
function argReduction<P extends "argmax" | "argmin">(primitive: P): CountRule<P> {
  return ({ params }, [operand], context) => {
    const better = takesPlace[primitive]
    const { starts, steps } = rowsAlong(operand.shape, [params.axis])
    return [
      Array.from(starts, (start) => {
        const valueOf = (index: number): number => operand.data[start + steps[index]]
        const row = Array.from(steps, (step, index) => ({
          ...cellAt(operand, start + step, context),
          value: index,
        }))
        const winner = context.ledger.tree(row, (a, b) => (better(valueOf(b), valueOf(a)) ? b : a))
        return winner ?? constantCell(0, context)
      }),
    ]
  }
}

function scan<P extends "cumulativeSum" | "cumulativeProd" | "cumulativeMax" | "cumulativeMin">(
  combination: Combination,
): CountRule<P> {
  return ({ params }, [operand], context) => {
    const { combine } = monoid(combination, operand.dtype)
    const { starts, steps } = scanRows(operand.shape, params)
    const result = [...cellsOf(operand, context)]
    for (const start of starts) {
      const row = Array.from(steps, (step) => result[start + step])
      for (const [i, cell] of context.ledger.prefixes(row, combine).entries()) {
        result[start + steps[i]] = cell
      }
    }
    return [result]
  }
}

function contraction<P extends "dot" | "convolve">(
  plan: (equation: Equation<P>) => Contraction,
): CountRule<P> {
  return (equation, [lhs, rhs], context) => {
    const { ledger } = context
    const { results, terms, visit } = plan(equation)
    const product = scalarFunction("multiply", lhs.dtype, {})
    const { combine, identity } = monoid("add", lhs.dtype)
    const [left, right] = [new Int32Array(terms), new Int32Array(terms)]
    const at = (operand: Counted, index: number): Cell =>
      index < 0 ? constantCell(0, context) : cellAt(operand, index, context)
    return [
      Array.from({ length: results }, (_, i) => {
        visit(i, left, right)
        const products = Array.from(left, (l, k) => {
          const [a, b] = [at(lhs, l), at(rhs, right[k])]
          return ledger.run([a, b], product(a.value, b.value, 0, 0))
        })
        return ledger.tree(products, combine) ?? constantCell(identity, context)
      }),
    ]
  }
}

/** All of an array's elements as cells that are there at some step. */
function cellsAt({ data, chains }: Counted, step: number): readonly Cell[] {
  return Array.from(data, (value, i) => ({ value, step, chain: chains[i] }))
}

/** Row t of a counted array. */
function countedRow(operand: Counted, t: number): Counted {
  const row = rowAt(operand, t)
  const [from, to] = [t * row.data.length, (t + 1) * row.data.length]
  return {
    ...row,
    steps: operand.steps.subarray(from, to),
    chains: operand.chains.subarray(from, to),
  }
}

/** What lands on each of n places, in order. */
function landed(places: Int32Array, cells: readonly Cell[], n: number): readonly Cell[][] {
  const lists = Array.from({ length: n }, (): Cell[] => [])
  for (const [i, at] of places.entries()) if (at >= 0) lists[at].push(cells[i])
  return lists
}

const countRules: { readonly [P in Primitive]: CountRule<P> } = {
  ...forElementwise<CountRule<ScalarPrimitive>>(elementwise),
  stopGradient: (_equation, [operand], context) => [cellsOf(operand, context)],
  bitcast: (equation, operands, context) => {
    const values = valuesOf(equation, operands)
    return [cellsOf(operands[0], context).map((cell, i) => context.ledger.run([cell], values[i]))]
  },
  full: creation,
  iota: creation,
  reshape: view("reshape"),
  transpose: view("transpose"),
  broadcast: view("broadcast"),
  slice: view("slice"),
  flip: view("flip"),
  windows: view("windows"),
  after: view("after"),
  pad: move("pad"),
  concatenate: move("concatenate"),
  gather: move("gather", 1),
  dynamicSlice: move("dynamicSlice", 1),
  dynamicUpdateSlice: move("dynamicUpdateSlice", 2),
  reduceSum: reduction("add"),
  reduceProd: reduction("multiply"),
  reduceMax: reduction("maximum"),
  reduceMin: reduction("minimum"),
  argmax: argReduction("argmax"),
  argmin: argReduction("argmin"),
  cumulativeSum: scan("add"),
  cumulativeProd: scan("multiply"),
  cumulativeMax: scan("maximum"),
  cumulativeMin: scan("minimum"),
  dot: contraction(dotContraction),
  convolve: contraction(convolveContraction),

  fold: (equation, [windows], context) => {
    const { combine } = monoid("add", windows.dtype)
    const zero = constantCell(0, context)
    const n = countOf(shapeOf(equation.results[0]))
    return [
      landed(foldPlaces(equation), cellsOf(windows, context), n).map(
        (cells) => context.ledger.tree([zero, ...cells], combine) ?? zero,
      ),
    ]
  },

  scatter: (equation, operands, context) => {
    const { ledger } = context
    const combine: Combine = scatterCombine(equation, operands[0].dtype)
    const indices = operands.slice(1, -1)
    const run = operands[operands.length - 1].data.length / indices[0].data.length
    const updates = cellsOf(operands[operands.length - 1], context).map((cell, i) => {
      const tuple = indices.map(({ chains }) => chains[Math.floor(i / run)])
      return { ...cell, chain: Math.max(cell.chain, ...tuple) }
    })
    const lists = landed(scatterPlaces(equation, operands), updates, operands[0].data.length)
    return [
      lists.map((cells, i) => {
        const before = cellAt(operands[0], i, context)
        return cells.length === 0
          ? ledger.run([before], before.value)
          : (ledger.tree([before, ...cells], combine) ?? before)
      }),
    ]
  },

  sort: ({ params: { axis, keys } }, operands, context) => {
    const { starts, steps } = rowsAlong(operands[0].shape, [axis])
    const compare = comparePlaces(operands.slice(0, keys))
    const results = operands.map((operand) => [...cellsOf(operand, context)])
    for (const start of starts) {
      const places = Array.from(steps, (step) => start + step)
      // A line of the network carries a place of every operand.
      const lines = places.map((place) => ({
        value: 0,
        step: context.start,
        chain: Math.max(...operands.map(({ chains }) => chains[place])),
      }))
      const sorted = context.ledger.network(lines, context.start, (a, b) =>
        compare(places[a], places[b]),
      )
      for (const [i, { from, cell }] of sorted.entries()) {
        for (const [k, { data }] of operands.entries()) {
          results[k][places[i]] = { ...cell, value: data[places[from]] }
        }
      }
    }
    return results
  },

  loop: ({ params, results }, operands, { start, within }) => {
    const { body, consts, carries, reverse } = params
    const length = Number(params.length)
    const fixed = consts + carries
    let carried: readonly Counted[] = operands.slice(consts, fixed)
    let now = start
    const rows = results.slice(carries).map((): (readonly Cell[])[] => [])
    for (let step = 0; step < length; step++) {
      const t = reverse ? length - 1 - step : step
      const taken = operands.slice(fixed).map((operand) => countedRow(operand, t))
      const { outputs, end } = within(
        body,
        [...operands.slice(0, consts), ...carried, ...taken],
        now,
      )
      carried = outputs.slice(0, carries)
      for (const [i, row] of outputs.slice(carries).entries()) rows[i][t] = cellsAt(row, end)
      now = end
    }
    return [...carried.map((array) => cellsAt(array, now)), ...rows.map((list) => list.flat())]
  },

  while: ({ params }, operands, { start, within }) => {
    const { condition, body, conditionConsts, bodyConsts } = params
    const fixed = conditionConsts + bodyConsts
    let carried: readonly Counted[] = operands.slice(fixed)
    for (let now = start; ; ) {
      const asked = within(condition, [...operands.slice(0, conditionConsts), ...carried], now)
      now = asked.end
      if (asked.outputs[0].data[0] === 0) return carried.map((array) => cellsAt(array, now))
      const stepped = within(body, [...operands.slice(conditionConsts, fixed), ...carried], now)
      carried = stepped.outputs
      now = stepped.end
    }
  },

  cond: ({ params: { branches } }, [index, ...operands], { start, within }) => {
    const { outputs, end } = within(chosenBranch(index, branches), operands, start)
    return outputs.map((array) => cellsAt(array, end))
  },

  call: ({ params: { body } }, operands, { start, within }) => {
    const { outputs, end } = within(body, operands, start)
    return outputs.map((array) => cellsAt(array, end))
  },
  pullback: unfinished,
  capture: unfinished,
}

function unfinished({ primitive }: Equation): never {
  throw new Error(`${primitive} is there only while derivatives are taken: finish the graph first`)
}

function applyCountRule<P extends Primitive>(
  equation: Equation<P>,
  operands: readonly Counted[],
  context: Context,
): readonly (readonly Cell[])[] {
  const rule: CountRule<P> = countRules[equation.primitive]
  return rule(equation, operands, context)
}
