/** Loops over the pieces of a kernel and over its axes. */

import { type Axis, iterations } from "../../schedule/index.ts"
import type { ShaderBuilder } from "./shader.ts"
import { integer } from "./types.ts"

/** Invocations of a workgroup whose pieces are each one invocation's. */
export const plainInvocations = 64

/** Workgroups for pieces that are each one invocation's. */
export function groupsFor(pieces: number): number {
  return Math.ceil(pieces / plainInvocations)
}

/**
 * Runs `body` for every result, with the axes over threads bound; each piece, a result or a run of
 * them, is an invocation's.
 * @returns the number of pieces
 */
export function forEachInvocation(
  builder: ShaderBuilder,
  axes: readonly Axis[],
  body: () => void,
): number {
  const stride = `groups * ${plainInvocations}u`
  return forEachPiece(builder, axes, `group * ${plainInvocations}u + lane`, stride, body)
}

/** The same with pieces that are each a workgroup's. */
export function forEachGroup(
  builder: ShaderBuilder,
  axes: readonly Axis[],
  body: () => void,
): number {
  return forEachPiece(builder, axes, "group", "groups", body)
}

function forEachPiece(
  builder: ShaderBuilder,
  axes: readonly Axis[],
  first: string,
  stride: string,
  body: () => void,
): number {
  const { values, text, runs } = builder
  const results = iterations(axes)
  const pieces = Math.ceil(results / (runs?.length ?? 1))
  values.block(`for (var piece = ${first}; piece < ${pieces}u; piece += ${stride})`, () => {
    if (runs === undefined) {
      bindFlat(builder, axes, "i32(piece)")
      body()
      return
    }
    const { length, words } = runs
    for (const word of words.values()) text.line(`var ${word} = 0u;`)
    const end = `min(${length}u * piece + ${length}u, ${results}u)`
    values.block(`for (var number = ${length}u * piece; number < ${end}; number++)`, () => {
      bindFlat(builder, axes, "i32(number)")
      body()
    })
  })
  return pieces
}

/** Binds axes to the coordinates of a row-major number, an i32 expression. */
export function bindFlat(builder: ShaderBuilder, axes: readonly Axis[], number: string): void {
  const { text, values } = builder
  if (axes.length === 0) return
  let rest = text.keep("i", number)
  for (const axis of axes.slice(1).toReversed()) {
    values.bind(axis, text.keep("i", `${rest} % ${integer(axis.extent)}`))
    rest = text.keep("i", `${rest} / ${integer(axis.extent)}`)
  }
  values.bind(axes[0], rest)
}

/** Iterations of an axis, as an i32 expression: fewer in the last round of a split. */
export function endOf(builder: ShaderBuilder, axis: Axis): string {
  const { within } = axis
  if (within === undefined) return integer(axis.extent)
  const outer = builder.values.axis(within.outer)
  const left = `${integer(within.total)} - ${outer} * ${integer(axis.extent)}`
  return `min(${integer(axis.extent)}, ${left})`
}

/** Runs `body` for all iterations of axes in time; those in lanes are shared by the workgroup. */
export function nest(
  builder: ShaderBuilder,
  axes: readonly Axis[],
  lanes: number,
  body: () => void,
): void {
  const [axis, ...inner] = axes
  if (axis === undefined) {
    body()
    return
  }
  const { text, values } = builder
  const counter = text.name("r")
  const end = text.keep("i", endOf(builder, axis))
  const [start, step] = axis.place === "lanes" ? ["i32(lane)", `${lanes}i`] : ["0i", "1i"]
  const head = `for (var ${counter} = ${start}; ${counter} < ${end}; ${counter} += ${step})`
  values.block(head, () => {
    values.bind(axis, counter)
    nest(builder, inner, lanes, body)
  })
}

/** Lanes of a workgroup that share so many iterations. */
export function lanesFor(iterations: number, most: number): number {
  let lanes = 32
  while (lanes < most && 4 * lanes < iterations) lanes *= 2
  return Math.min(lanes, most)
}
