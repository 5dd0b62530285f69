/**
 * Answers that equations define: roots and solutions of linear systems, found in whatever way is
 * given, and differentiated by the implicit function theorem rather than through the way.
 */

import type { Array } from "../array.ts"
import * as elementwise from "../operations/elementwise.ts"
import { splitAux } from "../tracing/call.ts"
import { fill } from "../tracing/operands.ts"
import { arraysOf, control, replaced, traceOn } from "../tracing/subgraph.ts"
import { inline } from "../tracing/trace.ts"
import { customJvp, customVjp } from "../transforms/custom.ts"
import { jvp, vjp } from "../transforms/products.ts"
import type { Relaxed } from "../types.ts"

type Lists = (x: readonly Array[], consts: readonly Array[]) => Array[]

/** A function on a tree as one on lists of arrays, and what it takes from outside. */
function opened<T>(name: string, body: (x: T) => Relaxed<T>, tree: T) {
  const types = arraysOf(tree, name).map(({ type }) => type)
  const { graph, captures, outputs } = traceOn(body, [{ tree, types }])
  if (outputs.length !== types.length) {
    throw new TypeError(
      `${name} gives ${outputs.length} arrays for ${types.length}, which must have one form`,
    )
  }
  const apply: Lists = (x, consts) => [...inline(graph, [...x, ...consts], outputs)]
  return { apply, captures: [...captures] }
}

export interface CustomRootOptions {
  /** Whether `solve` returns `[root, more]`, of which only the root is differentiated. */
  readonly hasAux?: boolean
}

/**
 * A root of a function, f(x) = 0, as `solve(f, guess)` finds it. Its derivative by what f takes from
 * outside is −(∂f/∂x)⁻¹ ∂f/∂outside, where `tangentSolve(g, y)` solves g(x) = y for the linear
 * function g = ∂f/∂x. Both solvers take and give trees of the guess' form; with `hasAux` the first
 * gives `[root, more]`, and so does this function. Work and span are those of the solver.
 *
 * @example
 * const newton = (f: (x: Array) => Array, x: Array) => np.subtract(x, np.divide(f(x), 2))
 * const solved = (g: (x: Array) => Array, y: Array) => np.divide(y, g(np.array(1)))
 * lax.customRoot((x: Array) => np.subtract(np.multiply(2, x), 6), np.array(0), newton, solved) // → 3
 *
 * @throws TypeError when f or a solver gives a tree of another form.
 */
export function customRoot<T, M>(
  f: (x: T) => Relaxed<T>,
  initialGuess: T,
  solve: (f: (x: T) => T, guess: T) => readonly [root: Relaxed<T>, more: M],
  tangentSolve: (g: (x: T) => T, y: T) => Relaxed<T>,
  options: CustomRootOptions & { readonly hasAux: true },
): [root: T, more: M]
export function customRoot<T>(
  f: (x: T) => Relaxed<T>,
  initialGuess: T,
  solve: (f: (x: T) => T, guess: T) => Relaxed<T>,
  tangentSolve: (g: (x: T) => T, y: T) => Relaxed<T>,
  options?: CustomRootOptions & { readonly hasAux?: false },
): T
export function customRoot<T>(
  f: (x: T) => Relaxed<T>,
  initialGuess: T,
  solve: (f: (x: T) => T, guess: T) => unknown,
  tangentSolve: (g: (x: T) => T, y: T) => Relaxed<T>,
  { hasAux = false }: CustomRootOptions = {},
): T | [root: T, more: unknown] {
  return control([initialGuess] as const, (guess) => {
    const { apply, captures } = opened("customRoot: f", f, guess)
    const onTree = (body: (x: readonly Array[]) => readonly Array[]) => (x: T) =>
      replaced(guess, body(arraysOf(x, "customRoot: an argument of f")))
    const root = customJvp((consts: Array[], start: Array[]): [x: Array[], more: unknown] => {
      const found = solve(
        onTree((x) => apply(x, consts)),
        replaced(guess, start),
      )
      const [x, more] = hasAux ? splitAux("customRoot", found) : [found, null]
      return [arraysOf(x, "customRoot: the solution"), more]
    })
    root.defjvp(([consts, start], [tangents]) => {
      const [x, more] = root(consts, start)
      const [, moved] = jvp((outside: Array[]) => apply(x, outside), [consts], [tangents])
      const linear = onTree((y) => jvp((at: Array[]) => apply(at, consts), [x], [[...y]])[1])
      const solved = tangentSolve(linear, replaced(guess, moved))
      const tangent = arraysOf(solved, "customRoot: the tangent")
      const none = arraysOf(more, "customRoot: more").map((one) => fill(0, one.shape, one.type))
      return [
        [x, more],
        [tangent.map((one) => elementwise.negative(one)), replaced(more, none)],
      ]
    })
    const [x, more] = root(captures, arraysOf(guess, "customRoot: the guess"))
    return hasAux ? [replaced(guess, x), more] : replaced(guess, x)
  })
}

export interface LinearSolveOptions {
  /** Whether the linear function is its own transpose, so that `solve` solves that one too. */
  readonly symmetric?: boolean
}

/**
 * The x with matvec(x) = b, as `solve(matvec, b)` finds it, for a linear function. Gradients solve
 * one system more, with the transposed function: by `transposeSolve(vecmat, b)`, or by `solve`
 * where it is said to be `symmetric`. Solvers take and give trees of b's form. Work and span are
 * those of the solver.
 *
 * @example
 * const solve = (f: (x: Array) => Array, b: Array) => np.divide(b, f(np.ones([2])))
 * const doubled = (x: Array) => np.multiply(2, x)
 * lax.customLinearSolve(doubled, np.array([2, 6]), solve) // → [1, 3]
 *
 * @throws TypeError when the function or a solver gives a tree of another form, and when it is
 *   differentiated without a way to solve the transposed system, or forwards.
 */
export function customLinearSolve<T>(
  matvec: (x: T) => Relaxed<T>,
  b: T,
  solve: (matvec: (x: T) => T, b: T) => Relaxed<T>,
  transposeSolve?: ((vecmat: (x: T) => T, b: T) => Relaxed<T>) | null,
  options: LinearSolveOptions = {},
): T {
  const { symmetric = false } = options
  return control([b] as const, (given) => {
    const { apply, captures } = opened("customLinearSolve: matvec", matvec, given)
    const onTree = (body: (x: readonly Array[]) => readonly Array[]) => (x: T) =>
      replaced(given, body(arraysOf(x, "customLinearSolve: an argument of matvec")))
    const solution = customVjp((consts: Array[], rhs: Array[]): Array[] => {
      const found = solve(
        onTree((x) => apply(x, consts)),
        replaced(given, rhs),
      )
      return arraysOf(found, "customLinearSolve: the solution")
    })
    solution.defvjp(
      (consts, rhs): [Array[], { consts: Array[]; x: Array[] }] => {
        const x = solution(consts, rhs)
        return [x, { consts, x }]
      },
      ({ consts, x }, cotangent) => {
        const back = symmetric ? solve : transposeSolve
        if (back === undefined || back === null) {
          throw new TypeError(
            "customLinearSolve is differentiated: it needs transposeSolve, or to be symmetric",
          )
        }
        const forwards = onTree((y) => apply(y, consts))
        const backwards = onTree((y) => {
          const [, pull] = vjp((at: Array[]) => apply(at, consts), [x])
          return pull([...y])[0]
        })
        const ct = replaced(given, cotangent)
        const vecmat = symmetric ? forwards : backwards
        const other = symmetric ? null : solve
        const found = customLinearSolve<T>(
          (y: T) => vecmat(y) as Relaxed<T>,
          ct,
          back,
          other,
          options,
        )
        const u = arraysOf(found, "customLinearSolve: the transposed solution")
        const [, pull] = vjp((outside: Array[]) => apply(x, outside), [consts])
        return [pull(u.map((one) => elementwise.negative(one)))[0], u]
      },
    )
    return replaced(given, solution(captures, arraysOf(given, "customLinearSolve: b")))
  })
}
