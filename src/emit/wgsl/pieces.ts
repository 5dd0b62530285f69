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

/** Runs `body` for every piece, with the axes over threads bound; each piece is an invocation's. */
export function forEachInvocation(
  builder: ShaderBuilder,
  axes: readonly Axis[],
  body: () => void,
): void {
  const pieces = iterations(axes)
  const { values } = builder
  const stride = `groups * ${plainInvocations}u`
  const first = `group * ${plainInvocations}u + lane`
  values.block(`for (var piece = ${first}; piece < ${pieces}u; piece += ${stride})`, () => {
    bindFlat(builder, axes, "i32(piece)")
    body()
  })
}

/** Runs `body` for every piece, with the axes over threads bound; each piece is a workgroup's. */
export function forEachGroup(
  builder: ShaderBuilder,
  axes: readonly Axis[],
  body: () => void,
): void {
  const pieces = iterations(axes)
  builder.values.block(`for (var piece = group; piece < ${pieces}u; piece += groups)`, () => {
    bindFlat(builder, axes, "i32(piece)")
    body()
  })
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
