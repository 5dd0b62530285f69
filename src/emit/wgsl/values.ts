/** Expressions of kernels as WGSL: each value is computed once in the block that first needs it. */

import {
  type Axis,
  type Buffer,
  type Condition,
  type Index,
  type IndexAtom,
  indexKey,
  rangeOf,
  type Scalar,
} from "../../schedule/index.ts"
import { elementwise } from "./elementwise.ts"
import type { Text } from "./text.ts"
import { integer, literal, typeOf } from "./types.ts"

/** Where elements are, in terms of a shader's bindings. */
export interface Storage {
  /** The value of a buffer's element. */
  load(buffer: Buffer, element: string): string
  /** Stores a value as a buffer's element. */
  store(buffer: Buffer, element: string, value: string): void
  /** The counter of a loop around the kernel, as an i32. */
  counter(axis: Axis): string
}

interface Scope {
  readonly values: Map<Scalar, string>
  readonly indices: Map<string, string>
  readonly axes: Map<Axis, string>
  readonly totals: Map<number, string>
}

const emptyScope = (): Scope => ({
  values: new Map(),
  indices: new Map(),
  axes: new Map(),
  totals: new Map(),
})

export class Values {
  readonly text: Text
  readonly #storage: Storage
  readonly #written: ReadonlySet<Buffer>
  readonly #lasting = new Map<Scalar, boolean>()
  readonly #scopes: Scope[] = [emptyScope()]

  /** @param written the buffers that the kernel stores to */
  constructor(text: Text, storage: Storage, written: Iterable<Buffer>) {
    this.text = text
    this.#storage = storage
    this.#written = new Set(written)
  }

  /** A block of code: what is computed inside is not known after it. */
  block(head: string, body: () => void): void {
    this.text.block(head, () => {
      this.#scopes.push(emptyScope())
      body()
      this.#scopes.pop()
    })
  }

  bind(axis: Axis, name: string): void {
    this.#scope.axes.set(axis, name)
  }

  /** The value of an axis: one of the kernel's own, or the counter of a loop around it. */
  axis(axis: Axis): string {
    return this.#known((scope) => scope.axes.get(axis)) ?? this.#storage.counter(axis)
  }

  setTotal(number: number, name: string): void {
    this.#scope.totals.set(number, name)
  }

  /** The name of a value, or a constant. */
  value(scalar: Scalar): string {
    if (scalar.kind === "constant") return literal(scalar.dtype, scalar.value)
    if (scalar.kind === "accumulator") return this.#find((scope) => scope.totals.get(scalar.number))
    const known = this.#known((scope) => scope.values.get(scalar))
    if (known !== undefined) return known
    const name = this.#compute(scalar)
    this.#scope.values.set(scalar, name)
    return name
  }

  #compute(scalar: Exclude<Scalar, { kind: "constant" | "accumulator" }>): string {
    switch (scalar.kind) {
      case "index":
        return this.index(scalar.index)
      case "load": {
        return this.text.keep("v", this.#storage.load(scalar.buffer, this.#element(scalar.index)))
      }
      case "apply": {
        const operands = scalar.operands.map((operand) => this.value(operand))
        // WGSL evaluates expressions of constants itself, and refuses those that overflow.
        const constants = scalar.operands.every(({ kind }) => kind === "constant")
        if (constants) operands[0] = this.text.keep("v", operands[0])
        return this.text.keep("v", elementwise(scalar, operands, scalar.operands[0].dtype))
      }
      case "guard": {
        const otherwise = this.value(scalar.otherwise)
        const name = this.text.name("v")
        this.text.line(`var ${name}: ${typeOf(scalar.dtype)} = ${otherwise};`)
        this.block(`if (${this.#tests(scalar.conditions)})`, () => {
          this.text.line(`${name} = ${this.value(scalar.value)};`)
        })
        return name
      }
    }
  }

  #tests(conditions: readonly Condition[]): string {
    const tests = conditions.flatMap(({ index, low, high }) => {
      const [least, most] = rangeOf(index)
      const name = this.index(index)
      return [
        ...(least < low ? [`${name} >= ${integer(low)}`] : []),
        ...(most >= high ? [`${name} < ${integer(high)}`] : []),
      ]
    })
    return tests.length === 0 ? "true" : tests.join(" && ")
  }

  /** An index function's value: an i32 name or constant. */
  index(index: Index): string {
    const { constant, terms } = index
    if (terms.length === 0) return integer(constant)
    const [first] = terms
    if (terms.length === 1 && constant === 0 && first.factor === 1) return this.#atom(first.atom)
    const key = indexKey(index)
    const known = this.#known((scope) => scope.indices.get(key))
    if (known !== undefined) return known
    const parts = terms.map(({ factor, atom }) => {
      const name = this.#atom(atom)
      return factor === 1 ? name : `${integer(factor)} * ${name}`
    })
    if (constant !== 0) parts.push(integer(constant))
    return this.#keepIndex(key, parts.join(" + "))
  }

  /** An element's number. WGSL refuses one below 0 that it sees, where no run comes to it too. */
  #element(index: Index): string {
    const name = this.index(index)
    return index.terms.length === 0 && index.constant < 0 ? this.text.keep("i", name) : name
  }

  #atom(atom: IndexAtom): string {
    if (atom.kind === "axis") return this.axis(atom.axis)
    if (atom.kind === "value") return this.value(atom.value)
    const key = `${atom.kind} ${atom.by} ${indexKey(atom.of)}`
    const known = this.#known((scope) => scope.indices.get(key))
    if (known !== undefined) return known
    const of = this.index(atom.of)
    const by = integer(atom.by)
    const [least] = rangeOf(atom.of)
    const quotient = atom.kind === "quotient"
    if (least >= 0) return this.#keepIndex(key, `${of} ${quotient ? "/" : "%"} ${by}`)
    const name = quotient ? "maths_floorDivide" : "maths_floorRemainder"
    return this.#keepIndex(key, `${name}(${of}, ${by})`)
  }

  #keepIndex(key: string, expression: string): string {
    const name = this.text.keep("i", expression)
    this.#scope.indices.set(key, name)
    return name
  }

  /** Stores a value that was computed before. */
  store(buffer: Buffer, index: Index, value: string): void {
    this.#storage.store(buffer, this.index(index), value)
  }

  /** The value of a buffer's element as it is now. */
  loadNow(buffer: Buffer, index: Index): string {
    return this.text.keep("v", this.#storage.load(buffer, this.index(index)))
  }

  /** Forgets what was read from buffers that the kernel has stored to. */
  forgetStored(): void {
    for (const { values } of this.#scopes) {
      for (const scalar of values.keys()) if (!this.#isLasting(scalar)) values.delete(scalar)
    }
  }

  #isLasting(scalar: Scalar): boolean {
    const known = this.#lasting.get(scalar)
    if (known !== undefined) return known
    const lasting = (one: Scalar): boolean => this.#isLasting(one)
    const ofIndex = ({ terms }: Index): boolean =>
      terms.every(({ atom }) => {
        if (atom.kind === "axis") return true
        return atom.kind === "value" ? lasting(atom.value) : ofIndex(atom.of)
      })
    const found = ((): boolean => {
      switch (scalar.kind) {
        case "constant":
        case "accumulator":
          return true
        case "index":
          return ofIndex(scalar.index)
        case "load":
          return !this.#written.has(scalar.buffer) && ofIndex(scalar.index)
        case "apply":
          return scalar.operands.every(lasting)
        case "guard":
          return (
            scalar.conditions.every(({ index }) => ofIndex(index)) &&
            lasting(scalar.value) &&
            lasting(scalar.otherwise)
          )
      }
    })()
    this.#lasting.set(scalar, found)
    return found
  }

  get #scope(): Scope {
    return this.#scopes[this.#scopes.length - 1]
  }

  #known(of: (scope: Scope) => string | undefined): string | undefined {
    for (let i = this.#scopes.length - 1; i >= 0; i--) {
      const found = of(this.#scopes[i])
      if (found !== undefined) return found
    }
    return undefined
  }

  #find(of: (scope: Scope) => string | undefined): string {
    const found = this.#known(of)
    if (found === undefined) throw new Error("a kernel uses a total before it is known")
    return found
  }
}
