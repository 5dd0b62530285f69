/** Loops as in `jax.lax`: compiled as loops of the program, one body however many steps. */

import { printType } from "../../graph/index.ts"
import {
  Expression,
  isSymbolic,
  printShape,
  type Shape,
  type Size,
  shapesEqual,
  subtract,
} from "../../size/index.ts"
import { AbstractArray } from "../abstract.ts"
import type { Array } from "../array.ts"
import { type ArrayLike, castTo } from "../tracing/operands.ts"
import {
  arraysOf,
  capturesFirst,
  control,
  formed,
  type Given,
  replaced,
  traceOn,
  traceStep,
  withDtypes,
} from "../tracing/subgraph.ts"
import { bind, bindAll } from "../tracing/trace.ts"
import type { AnyShape, Carried, Carry, Relaxed } from "../types.ts"
import { add } from "./elementwise.ts"

export interface ScanOptions {
  /** How many steps; needed where there are no `xs`, and else the extent of their first axis. */
  readonly length?: Size
  /** Whether the steps go from the last row to the first. */
  readonly reverse?: boolean
}

/**
 * Carries a value through the rows of arrays: `[carry, y] = body(carry, x)` for each row x of `xs`
 * along axis 0, one step after another. Returns the last carry and all y, stacked.
 *
 * `init` is a tree of arrays (plain numbers take the dtype that the steps give them), `xs` a tree
 * of arrays with one extent along axis 0, or null with a `length`. Each carry keeps its shape and
 * dtype. The body is traced once; arrays that it takes from outside are the same in every step.
 * Differentiable both ways; backwards, what a step's derivative needs is kept for every step.
 *
 * Work is the steps' times the body's, span likewise: steps wait for each other. A step that is
 * associative is better an {@link associativeScan}, whose span is logarithmic.
 *
 *     const add = (sum: Array, x: Array): [Array, Array] => [np.add(sum, x), sum]
 *     const [last, sums] = lax.scan(add, np.array(0), np.array([1, 2, 3]))
 *     last // → 6
 *     sums // → [0, 1, 3]
 *
 * @throws TypeError when the body returns no `[carry, y]` or changes the carry's type.
 * @throws RangeError when extents along axis 0 differ, or nothing gives the length.
 */
export function scan<C extends Carry, X, Y>(
  body: (carry: Carried<C>, x: AnyShape<X>) => readonly [Relaxed<Carried<C>>, Y],
  init: C,
  xs?: X | null,
  options: ScanOptions | number = {},
): [Carried<C>, AnyShape<Y>] {
  return control([init, xs ?? null] as const, (start, rows) => {
    const given = typeof options === "number" ? { length: options } : options
    return loop("scan", body, start, rows, given) as [Carried<C>, AnyShape<Y>]
  })
}

function loop(
  operation: string,
  body: (carry: never, x: never) => readonly [unknown, unknown],
  init: unknown,
  xs: unknown,
  { length, reverse = false }: ScanOptions,
): readonly [unknown, unknown] {
  const starts = arraysOf(init, `${operation}: init`)
  const rows = arraysOf(xs, `${operation}: xs`)
  const steps = lengthOf(operation, rows, length)
  const row: Given = {
    tree: xs,
    types: rows.map(({ shape, dtype }) => new AbstractArray(shape.slice(1), dtype)),
  }
  const { traced, types } = traceStep(
    operation,
    init,
    starts.map(({ type }) => type),
    (carried) =>
      traceOn((carry, x) => pair(operation, body(carry, x)), [{ tree: init, types: carried }, row]),
    ([carry]) => carry,
  )
  const { captures, outputs } = traced
  const graph = withDtypes(
    capturesFirst(traced),
    types.map(({ dtype }) => dtype),
  )
  const carries = starts.map((start, i) => castTo(start, types[i]))
  const results = bindAll("loop", [...captures, ...carries, ...rows], {
    body: graph,
    length: steps,
    consts: captures.length,
    carries: carries.length,
    reverse,
  })
  return formed(traced.result, results, [...types, ...outputs.slice(types.length)])
}

function pair(operation: string, result: unknown): readonly [unknown, unknown] {
  if (globalThis.Array.isArray(result) && result.length === 2) return [result[0], result[1]]
  throw new TypeError(`${operation} needs a body that returns [carry, y]`)
}

function lengthOf(operation: string, rows: readonly Array[], length: Size | undefined): Size {
  const [first] = rows
  const steps = length ?? first?.shape[0]
  if (steps === undefined) {
    throw new RangeError(
      first === undefined
        ? `${operation} without xs needs a length`
        : `${operation} goes along axis 0 of xs, but one of them is a scalar`,
    )
  }
  if (!isSymbolic(steps) && !(Number.isInteger(steps) && steps >= 0)) {
    throw new RangeError(
      `${operation}: length is ${steps}: it must be a whole number of at least 0`,
    )
  }
  for (const { shape } of rows) {
    const extent: Shape = shape.slice(0, 1)
    if (!shapesEqual(extent, [steps])) {
      throw new RangeError(
        `${operation}: an array of xs has shape ${printShape(shape)}, ` +
          `but axis 0 of all must have extent ${steps}`,
      )
    }
  }
  return steps
}

/**
 * A function for each row of arrays, one after another: `vmap` in time instead of space, for
 * functions whose results for all rows at once would not fit. Rows are taken along axis 0 of the
 * tree `xs`, results are stacked. Work and span are the function's times the rows.
 *
 *     lax.map((x) => np.sum(x), np.ones([4, 3])) // → [3, 3, 3, 3]
 */
export function map<X, Y>(body: (x: AnyShape<X>) => Y, xs: X): AnyShape<Y> {
  return control([xs] as const, (rows) => {
    const step = (_carry: unknown, x: AnyShape<X>): [unknown, unknown] => [[], body(x)]
    return loop("map", step, [], rows, {})[1] as AnyShape<Y>
  })
}

export interface WhileOptions {
  /** About how many steps there will be, where that is known: quotes reckon with it, results do not. */
  readonly expectedSteps?: number
}

/**
 * `state = body(state)` while `condition(state)` holds.
 *
 * `init` is a tree of arrays whose shapes and dtypes the body keeps; the condition gives one bool.
 * Differentiable forwards only (`jvp`), because how many steps there are is not known before; under
 * `vmap` it runs while any element's condition holds, and the others keep their values.
 * Work and span are those of condition and body, as often as they run; a price calls that `trips`. A quote
 * takes it for the expected steps, or for one where none are given, and says so.
 *
 *     lax.whileLoop((x) => np.less(x, 100), (x) => np.multiply(x, 2), np.array(3)) // → 192
 *
 * @throws TypeError when the condition gives no bool scalar or the body changes the state's type;
 *   RangeError when the expected steps are no finite number above 0.
 */
export function whileLoop<S extends Carry>(
  condition: (state: Carried<S>) => ArrayLike,
  body: (state: Carried<S>) => Relaxed<Carried<S>>,
  init: S,
  { expectedSteps }: WhileOptions = {},
): Carried<S> {
  if (expectedSteps !== undefined && !(Number.isFinite(expectedSteps) && expectedSteps > 0)) {
    throw new RangeError(
      `whileLoop: expectedSteps is ${expectedSteps}: it must be a finite number above 0`,
    )
  }
  return control(
    [init] as const,
    (start) => whileOf("whileLoop", condition, body, start, expectedSteps) as Carried<S>,
  )
}

function whileOf(
  operation: string,
  condition: (state: never) => ArrayLike,
  body: (state: never) => unknown,
  init: unknown,
  expected?: number,
): unknown {
  const starts = arraysOf(init, `${operation}: init`)
  const { traced, types } = traceStep(
    operation,
    init,
    starts.map(({ type }) => type),
    (carried) => traceOn(body, [{ tree: init, types: carried }]),
    (result) => result,
  )
  const asked = traceOn(condition, [{ tree: init, types }])
  const [answer] = asked.outputs
  if (asked.outputs.length !== 1 || answer.dtype !== "bool" || answer.shape.length !== 0) {
    throw new TypeError(
      `${operation} needs a condition that gives one bool scalar, not ` +
        `${asked.outputs.map(printType).join(", ")}`,
    )
  }
  const results = bindAll(
    "while",
    [...asked.captures, ...traced.captures, ...starts.map((x, i) => castTo(x, types[i]))],
    {
      condition: capturesFirst(asked),
      body: withDtypes(
        capturesFirst(traced),
        types.map(({ dtype }) => dtype),
      ),
      conditionConsts: asked.captures.length,
      bodyConsts: traced.captures.length,
      expected,
    },
  )
  return formed(replaced(init, results), results, types)
}

/**
 * `state = body(i, state)` for i from `lower` to below `upper`.
 *
 * With bounds that are numbers it is a loop of so many steps, differentiable both ways; with arrays
 * (int32 scalars) it is a {@link whileLoop}, differentiable forwards only. The body is traced once
 * and keeps the state's shapes and dtypes; i is an int32 scalar.
 * Work and span are the body's times the steps.
 *
 *     lax.foriLoop(0, 5, (i, sum) => np.add(sum, i), np.array(0)) // → 10
 *
 * @throws TypeError when the body changes the state's type.
 */
export function foriLoop<S extends Carry>(
  lower: ArrayLike,
  upper: Size | ArrayLike,
  body: (i: Array, state: Carried<S>) => Relaxed<Carried<S>>,
  init: S,
): Carried<S> {
  if (typeof lower === "number" && isSize(upper)) {
    return control([init] as const, (start) => {
      const difference = subtract(upper, lower)
      const length = typeof difference === "number" ? Math.max(0, difference) : difference
      const counted = bind("iota", [], { shape: [length], dtype: "int32", axis: 0 })
      const step = (state: Carried<S>, i: Array): [unknown, unknown] => [
        body(lower === 0 ? i : add(i, castTo(lower, int32)), state),
        null,
      ]
      return loop("foriLoop", step, start, counted, { length })[0] as Carried<S>
    })
  }
  if (upper instanceof Expression)
    throw new TypeError("foriLoop to a symbolic size must start at a number")
  return control([lower, upper, init] as const, (from, to, start) => {
    const bounds = [castTo(from, int32), castTo(to, int32)]
    const [, , state] = whileOf(
      "foriLoop",
      ([i, end]: [Array, Array, Carried<S>]) => bind("less", [i, end], {}),
      ([i, end, value]: [Array, Array, Carried<S>]) => [
        add(i, castTo(1, int32)),
        end,
        body(i, value),
      ],
      [...bounds, start],
    ) as [Array, Array, Carried<S>]
    return state
  })
}

const int32 = { dtype: "int32", weak: false } as const

function isSize(bound: Size | ArrayLike): bound is Size {
  return typeof bound === "number" || bound instanceof Expression
}
