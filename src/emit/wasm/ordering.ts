/** What sorts and merges share: addresses of elements, and which of two elements comes first. */

import type { Buffer } from "../../schedule/index.ts"
import { type DType, dtypes } from "../../size/index.ts"
import type { FunctionBuilder, Local, Operand } from "./assembler.ts"
import type { KernelContext, ProgramContext } from "./context.ts"

/** An element: number `place` from an address on. */
export interface Element {
  readonly start: Local
  readonly place: Local
}

/** The address of an element of a buffer, by its number. */
export function startAt(context: KernelContext, buffer: Buffer, first: Local): Local {
  const { f } = context
  const { local, offset } = context.base(buffer)
  const start = f.local("i32")
  pushElement(f, local, first, dtypes[buffer.dtype].bytes)
  f.i32.const(offset)
  f.i32.add()
  f.localSet(start)
  return start
}

/** The row that a piece belongs to, of so many pieces each, and its number in that row. */
export function splitPiece(
  f: FunctionBuilder,
  piece: Local,
  parts: number,
): { readonly row: Local; readonly part: Local } {
  const [row, part] = [f.local("i32", "row"), f.local("i32", "part")]
  f.localGet(piece)
  f.i32.const(parts)
  f.i32.div_u()
  f.localSet(row)
  f.localGet(piece)
  f.i32.const(parts)
  f.i32.rem_u()
  f.localSet(part)
  return { row, part }
}

export function pushSum(f: FunctionBuilder, a: Operand, b: Operand): void {
  f.push(a, "i32")
  f.push(b, "i32")
  f.i32.add()
}

export function pushDifference(f: FunctionBuilder, a: Operand, b: Operand): void {
  f.push(a, "i32")
  f.push(b, "i32")
  f.i32.sub()
}

export function pushProduct(f: FunctionBuilder, a: Operand, b: Operand): void {
  f.push(a, "i32")
  f.push(b, "i32")
  f.i32.mul()
}

/** The lesser of two numbers that are not negative. */
export function pushLeast(f: FunctionBuilder, a: Operand, b: Operand): void {
  const [x, y] = [f.local("i32"), f.local("i32")]
  f.set(x, a)
  f.set(y, b)
  f.localGet(x)
  f.localGet(y)
  f.localGet(x)
  f.localGet(y)
  f.i32.lt_u()
  f.select()
}

/** Pushes start + place·bytes. */
export function pushElement(f: FunctionBuilder, start: Local, place: Local, bytes: number): void {
  f.localGet(start)
  f.localGet(place)
  if (bytes > 1) {
    f.i32.const(Math.log2(bytes))
    f.i32.shl()
  }
  f.i32.add()
}

/** Copies an element as it is. */
export function moveElement(f: FunctionBuilder, to: Element, from: Element, dtype: DType): void {
  const { bytes } = dtypes[dtype]
  pushElement(f, to.start, to.place, bytes)
  pushElement(f, from.start, from.place, bytes)
  if (bytes === 1) {
    f.i32.load8_u()
    f.i32.store8()
  } else if (bytes === 8) {
    f.i64.load()
    f.i64.store()
  } else {
    f.i32.load()
    f.i32.store()
  }
}

/** The type in which elements of a key are compared. */
function keyType(dtype: DType): "i32" | "f32" | "f64" {
  const { bytes, kind } = dtypes[dtype]
  return kind !== "float" ? "i32" : bytes === 8 ? "f64" : "f32"
}

/** A local that holds an element of a key. */
export function loadKey(f: FunctionBuilder, { start, place }: Element, dtype: DType): Local {
  const type = keyType(dtype)
  const value = f.local(type)
  pushElement(f, start, place, dtypes[dtype].bytes)
  if (type !== "i32") f[type].load()
  else if (dtypes[dtype].bytes === 1) f.i32.load8_u()
  else f.i32.load()
  f.localSet(value)
  return value
}

/** Pushes whether p comes before q. NaN comes after everything else, and −0 and +0 are equal. */
export function pushIsBefore(f: FunctionBuilder, p: Local, q: Local, dtype: DType): void {
  const type = keyType(dtype)
  f.localGet(p)
  f.localGet(q)
  if (type === "i32") {
    f.i32[dtypes[dtype].kind === "signed" ? "lt_s" : "lt_u"]()
    return
  }
  f[type].lt()
  for (const [value, test] of [
    [p, "eq"],
    [q, "ne"],
  ] as const) {
    f.localGet(value)
    f.localGet(value)
    f[type][test]()
  }
  f.i32.and()
  f.i32.or()
}

/** The function (a, b, key rows …) -> i32: whether element a of the keys comes before element b. */
export function addPrecedes({ module }: ProgramContext, keys: readonly Buffer[]): number {
  const params = ["i32", "i32", ...keys.map(() => "i32" as const)] as const
  const f = module.function({ params, results: ["i32"] }, "precedes")
  const [a, b, ...rows] = f.locals.slice()
  for (const [i, { dtype }] of keys.entries()) {
    const x = loadKey(f, { start: rows[i], place: a }, dtype)
    const y = loadKey(f, { start: rows[i], place: b }, dtype)
    for (const [p, q, result] of [
      [x, y, 1],
      [y, x, 0],
    ] as const) {
      pushIsBefore(f, p, q, dtype)
      f.if()
      f.i32.const(result)
      f.return()
      f.end()
    }
  }
  f.i32.const(0)
  return f.index
}
