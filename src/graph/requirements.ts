/** The checks that type rules share: each throws one sentence naming the primitive. */

import * as sizes from "../size/index.ts"
import { type DType, isFloat, printShape, type Shape, shapesEqual } from "../size/index.ts"
import { type ArrayType, printType } from "./graph.ts"
import type { Primitive } from "./primitive.ts"

export type Domain = "float" | "number" | "bits" | "any"

const inDomain: { readonly [D in Domain]: (dtype: DType) => boolean } = {
  float: isFloat,
  number: (dtype) => dtype !== "bool",
  bits: (dtype) => !isFloat(dtype),
  any: () => true,
}

const domainWords: { readonly [D in Domain]: string } = {
  float: "a float dtype",
  number: "a number dtype",
  bits: "an integer or bool dtype",
  any: "any dtype",
}

export function requireCount(
  primitive: Primitive,
  operands: readonly ArrayType[],
  count: number,
): void {
  if (operands.length !== count) {
    throw new TypeError(`${primitive} takes ${count} operands, not ${operands.length}`)
  }
}

export function requireDomain(primitive: Primitive, type: ArrayType, domain: Domain): void {
  if (!inDomain[domain](type.dtype)) {
    throw new TypeError(`${primitive} needs ${domainWords[domain]}, not ${type.dtype}`)
  }
}

export function requireSameShape(primitive: Primitive, operands: readonly ArrayType[]): void {
  for (const operand of operands) {
    if (!shapesEqual(operand.shape, operands[0].shape)) {
      throw new RangeError(
        `${primitive} needs operands of one shape, ` +
          `not ${printShape(operands[0].shape)} and ${printShape(operand.shape)}`,
      )
    }
  }
}

export function requireSameDtype(primitive: Primitive, operands: readonly ArrayType[]): void {
  for (const operand of operands) {
    if (operand.dtype !== operands[0].dtype) {
      throw new TypeError(
        `${primitive} needs operands of one dtype, ` +
          `not ${operands[0].dtype} and ${operand.dtype}`,
      )
    }
  }
}

export function requireDtype(
  primitive: Primitive,
  type: ArrayType,
  dtype: DType,
  what: string,
): void {
  if (type.dtype !== dtype) {
    throw new TypeError(`${primitive} needs ${what} of dtype ${dtype}, not ${type.dtype}`)
  }
}

export function requireAxes(primitive: Primitive, axes: readonly number[], rank: number): void {
  for (const [i, axis] of axes.entries()) {
    if (!Number.isInteger(axis) || axis < 0 || axis >= rank || axes.indexOf(axis) !== i) {
      throw new RangeError(
        `${primitive} has axes [${axes.join(", ")}], ` +
          `which must be different and from 0 to ${rank - 1}`,
      )
    }
  }
}

export function requirePerAxis(
  primitive: Primitive,
  name: string,
  list: readonly unknown[],
  n: number,
) {
  if (list.length !== n) {
    throw new RangeError(
      `${primitive} needs one of ${name} for each of ${n} axes, not ${list.length}`,
    )
  }
}

export function requireStarts(
  primitive: Primitive,
  starts: readonly ArrayType[],
  rank: number,
): void {
  requirePerAxis(primitive, "the starts", starts, rank)
  for (const start of starts) {
    requireDtype(primitive, start, "int32", "starts")
    if (start.shape.length !== 0) {
      throw new RangeError(`${primitive} needs scalar starts, not ${printType(start)}`)
    }
  }
}

export function requireFits(primitive: Primitive, inner: Shape, outer: Shape): void {
  requirePerAxis(primitive, "the sizes", inner, outer.length)
  for (const [axis, size] of inner.entries()) {
    const room = sizes.subtract(outer[axis], size)
    if (typeof room === "number" && room < 0) {
      throw new RangeError(
        `${primitive}: extent ${size} along axis ${axis} does not fit into ${outer[axis]}`,
      )
    }
  }
}
