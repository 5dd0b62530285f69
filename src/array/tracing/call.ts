/**
 * Calls by their form: what in a call's arguments is an array, and a key for the rest. A key holds
 * the form of the trees, the types of the arrays and the values of everything static, so calls
 * with equal keys run one program.
 */

import type { DType } from "../../size/index.ts"
import { AbstractArray } from "../abstract.ts"
import { Array } from "../array.ts"
import { typeOfNumber } from "./promotion.ts"

/** What a call's arguments hold in place of arrays. */
export type Leaf = Array | number | boolean

/** How plain numbers in an argument are taken. */
export type NumberRole =
  /** Part of the key: another number is another program. */
  | "static"
  /** A float32 scalar. */
  | "float"
  /** A scalar whose weak dtype follows the number, as an operand of an operation. */
  | "operand"

const weakFloat = new AbstractArray([], "float32", true)
const bool = new AbstractArray([], "bool")
const weakDouble = new AbstractArray([], "float64", true)
const weakScalars: { readonly [D in DType]?: AbstractArray } = {
  int32: new AbstractArray([], "int32", true),
  uint32: new AbstractArray([], "uint32", true),
}

/** The arrays and numbers of arguments, in the order of {@link replaceLeaves}. */
export class CallForm {
  readonly leaves: Leaf[] = []
  readonly #types: AbstractArray[] = []
  #double = false
  key = ""

  /** The type with which each leaf enters the trace; fractions beside float64 are not rounded. */
  get types(): readonly AbstractArray[] {
    return this.#double
      ? this.#types.map((type) => (type === weakFloat ? weakDouble : type))
      : this.#types
  }

  add(value: unknown, numbers: NumberRole): void {
    if (value instanceof Array) this.#addLeaf(value, value.type)
    else if (typeof value === "number") {
      if (numbers === "static") this.key += Object.is(value, -0) ? "=-0" : `=${value}`
      else if (numbers === "float") this.#addLeaf(value, weakFloat)
      else this.#addLeaf(value, weakScalars[typeOfNumber(value).dtype] ?? weakFloat)
    } else if (typeof value === "boolean") {
      if (numbers === "static") this.key += value ? "=true" : "=false"
      else this.#addLeaf(value, bool)
    } else if (globalThis.Array.isArray(value)) {
      this.key += "["
      for (const child of value) {
        this.add(child, numbers)
        this.key += ","
      }
      this.key += "]"
    } else if (isPlainObject(value)) {
      this.key += "{"
      for (const name of sortedNames(value)) {
        this.key += `${name.length}:${name}`
        this.add(value[name], numbers)
        this.key += ","
      }
      this.key += "}"
    } else if (typeof value === "string") this.key += `"${value.length}:${value}`
    else if (value === null) this.key += "0"
    else if (value === undefined) this.key += "_"
    else if (typeof value === "bigint") this.key += `${value}n`
    else if (typeof value === "object" && "key" in value && typeof value.key === "string") {
      this.key += `<${value.key}>`
    } else this.key += `#${identityOf(value)}`
  }

  #addLeaf(leaf: Leaf, type: AbstractArray): void {
    this.leaves.push(leaf)
    this.#types.push(type)
    if (type.dtype === "float64") this.#double = true
    this.key += type.key
  }
}

/** The same argument with other arrays in place of its leaves, taken in order. */
export function replaceLeaves(
  value: unknown,
  numbers: NumberRole,
  next: (leaf: Leaf) => unknown,
): unknown {
  if (value instanceof Array) return next(value)
  if (typeof value === "number" || typeof value === "boolean") {
    return numbers === "static" ? value : next(value)
  }
  if (globalThis.Array.isArray(value)) {
    return value.map((child) => replaceLeaves(child, numbers, next))
  }
  if (isPlainObject(value)) {
    const copy = { ...value }
    for (const name of sortedNames(value)) copy[name] = replaceLeaves(value[name], numbers, next)
    return copy
  }
  return value
}

/**
 * The arrays and numbers of a result, in order.
 * @throws TypeError naming the path of what is neither array, number nor a tree of them.
 */
export function resultLeaves(value: unknown, path = "the result"): Leaf[] {
  if (value instanceof Array || typeof value === "number" || typeof value === "boolean") {
    return [value]
  }
  if (value === null || value === undefined) return []
  if (globalThis.Array.isArray(value)) {
    return value.flatMap((child, i) => resultLeaves(child, `${path}[${i}]`))
  }
  if (isPlainObject(value)) {
    return sortedNames(value).flatMap((name) => resultLeaves(value[name], `${path}.${name}`))
  }
  const advice = value instanceof Promise ? ": it must not be async" : ""
  throw new TypeError(
    `${path} of a traced function is ${describe(value)}, ` +
      `not an array, a number or a tree of them${advice}`,
  )
}

/**
 * A function's `[value, more]`.
 * @throws TypeError naming the transform when the result is something else.
 */
export function splitAux(
  transform: string,
  result: unknown,
): readonly [value: unknown, aux: unknown] {
  if (globalThis.Array.isArray(result) && result.length === 2) {
    return [result[0], result[1]]
  }
  throw new TypeError(`${transform} with hasAux needs a function that returns [value, more]`)
}

/** How leaves are put into the form of a result. */
export function formOf<R>(result: R): (leaves: readonly unknown[]) => R {
  const template = replaceLeaves(result, "float", () => 0)
  return (leaves) => {
    let next = 0
    return replaceLeaves(template, "float", () => leaves[next++]) as R
  }
}

function describe(value: unknown): string {
  if (typeof value === "object" && value !== null) return `a ${value.constructor.name}`
  return typeof value === "function" ? "a function" : JSON.stringify(value)
}

/** An object's names in the order in which its leaves are taken, however it was written. */
export function sortedNames(value: Record<string, unknown>): readonly string[] {
  const names = Object.keys(value)
  for (let i = 1; i < names.length; i++) {
    if (names[i] < names[i - 1]) return names.sort()
  }
  return names
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

const identities = new WeakMap<object, number>()
let identityCount = 0

/** A number that stands for an object or function as long as it lives. */
function identityOf(value: unknown): string {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") {
    return String(value)
  }
  let identity = identities.get(value)
  if (identity === undefined) {
    identity = identityCount++
    identities.set(value, identity)
  }
  return String(identity)
}
