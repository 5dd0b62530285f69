/**
 * A kernel executed iteration by iteration on names instead of numbers: what is computed from the
 * same operands in the same way has the same name, so that what is computed again can be told.
 */

import type { Axis, Buffer, Index, Kernel, Scalar, Store } from "../../src/schedule/index.ts"
import { scalarUses, visitScalars } from "../../src/schedule/index.ts"

type Places = ReadonlyMap<Axis, number>
/** The names of a row's totals, by the accumulators' numbers. */
type Totals = ReadonlyMap<number, number>

/** What executing kernels came to. */
export class Walk {
  /** Scalar operations. */
  operations = 0
  /** Those whose result was computed before. */
  repeated = 0
  readonly #names = new Map<string, number>()
  readonly #memory = new Map<Buffer, Map<number, number>>()

  /** Executes a kernel whose places do not depend on data; tells whether it could. */
  kernel(kernel: Kernel): boolean {
    if (kernel.kind !== "loop") return false
    const { axes, reduced, accumulators, stores } = kernel
    const values = [...accumulators, ...stores].map(({ value }) => value)
    const places = stores.map(({ index }) => place(index))
    if (!isForeseen([...values, ...places], [...axes, ...reduced])) return false
    if (stores.some(({ buffer }) => readsBuffer(values, buffer))) return false
    // Of each expression: the loops outside of which it does not change.
    const loops = [...axes, ...reduced]
    const depths = new Map<Scalar, number>()
    visitScalars(values, (scalar) => depths.set(scalar, depthOf(scalar, loops, axes.length)))
    const known = new Map<Scalar, { readonly at: string; readonly name: number }>()
    const evaluate = (scalar: Scalar, at: Places, totals: Totals): number => {
      const outside = loops.slice(0, depths.get(scalar) ?? 0)
      const here = outside.map((axis) => at.get(axis)).join()
      const found = known.get(scalar)
      if (found !== undefined && found.at === here) return found.name
      const name = this.#compute(scalar, at, totals, (operand) => evaluate(operand, at, totals))
      known.set(scalar, { at: here, name })
      return name
    }
    const put = ({ buffer, index, value }: Store, at: Places, totals: Totals): void => {
      const elements = this.#memory.get(buffer) ?? new Map<number, number>()
      this.#memory.set(buffer, elements)
      elements.set(valueOf(index, at), evaluate(value, at, totals))
    }
    const inRows = stores.filter((s) => reduced.some((axis) => scalarUses(place(s.index), axis)))
    for (const outer of iterationsOf(axes)) {
      const totals = new Map<number, number>()
      let [left, rows] = [[...accumulators.entries()], inRows]
      // What needs the same totals goes over the row together.
      while (left.length + rows.length > 0) {
        const ready = ({ value }: { readonly value: Scalar }): boolean =>
          totalsIn(value).every((number) => totals.has(number))
        const [now, stored] = [left.filter(([, each]) => ready(each)), rows.filter(ready)]
        left = left.filter((each) => !now.includes(each))
        rows = rows.filter((each) => !stored.includes(each))
        const names = now.map((): number[] => [])
        for (const at of iterationsOf(reduced, outer)) {
          for (const [i, [, { value }]] of now.entries()) names[i].push(evaluate(value, at, totals))
          for (const store of stored) put(store, at, totals)
        }
        for (const [i, [number, { combine }]] of now.entries()) {
          totals.set(number, this.#combined(combine, names[i]))
        }
      }
      for (const store of stores) if (!inRows.includes(store)) put(store, outer, totals)
    }
    return true
  }

  #compute(
    scalar: Scalar,
    at: Places,
    totals: Totals,
    evaluate: (operand: Scalar) => number,
  ): number {
    switch (scalar.kind) {
      case "constant":
        return this.#name(`${scalar.dtype} ${scalar.value}`)
      case "index":
        return this.#name(`int ${valueOf(scalar.index, at)}`)
      case "load": {
        const element = valueOf(scalar.index, at)
        const stored = this.#memory.get(scalar.buffer)?.get(element)
        return stored ?? this.#name(`${scalar.buffer.name}[${element}]`)
      }
      case "accumulator":
        return totals.get(scalar.number) ?? this.#name(`total ${scalar.number}`)
      case "guard": {
        const inside = scalar.conditions.every(({ index, low, high }) => {
          const value = valueOf(index, at)
          return low <= value && value < high
        })
        return evaluate(inside ? scalar.value : scalar.otherwise)
      }
      case "apply": {
        const operands = scalar.operands.map(evaluate)
        const { primitive, params, dtype } = scalar
        const text = `${primitive} ${dtype} ${JSON.stringify(params)} ${operands}`
        this.operations++
        if (this.#names.has(text)) this.repeated++
        return this.#name(text)
      }
    }
  }

  /** Totals are stored, each by one kernel: none has the name of another. */
  #combined(combine: string, names: readonly number[]): number {
    this.operations += Math.max(0, names.length - 1)
    return this.#name(`${combine} ${this.#names.size} of ${names}`)
  }

  #name(text: string): number {
    const name = this.#names.get(text) ?? this.#names.size
    this.#names.set(text, name)
    return name
  }
}

const place = (index: Index): Scalar => ({ kind: "index", dtype: "int32", index })

/** The totals that an expression needs. */
function totalsIn(value: Scalar): readonly number[] {
  const numbers: number[] = []
  visitScalars([value], (scalar) => {
    if (scalar.kind === "accumulator") numbers.push(scalar.number)
  })
  return numbers
}

function readsBuffer(values: readonly Scalar[], buffer: Buffer): boolean {
  let reads = false
  visitScalars(values, (scalar) => {
    reads ||= scalar.kind === "load" && scalar.buffer === buffer
  })
  return reads
}

/** Whether no place depends on what is read from memory, or on a loop outside. */
function isForeseen(values: readonly Scalar[], loops: readonly Axis[]): boolean {
  const known = ({ terms }: Index): boolean =>
    terms.every(({ atom }) => {
      if (atom.kind === "value") return false
      return atom.kind === "axis" ? loops.includes(atom.axis) : known(atom.of)
    })
  let foreseen = true
  visitScalars(values, (scalar) => {
    if (scalar.kind === "load" || scalar.kind === "index") foreseen &&= known(scalar.index)
    if (scalar.kind === "guard") {
      foreseen &&= scalar.conditions.every(({ index }) => known(index))
    }
  })
  return foreseen
}

/** How many loops, from the outermost, an expression needs to be computed in. */
function depthOf(scalar: Scalar, loops: readonly Axis[], mapped: number): number {
  let depth = 1 + loops.findLastIndex((axis) => scalarUses(scalar, axis))
  visitScalars([scalar], ({ kind }) => {
    if (kind === "accumulator") depth = Math.max(depth, mapped)
  })
  return depth
}

function* iterationsOf(axes: readonly Axis[], outside: Places = new Map()): Generator<Places> {
  const [axis, ...rest] = axes
  if (axis === undefined) {
    yield outside
    return
  }
  const { within } = axis
  const start = within === undefined ? 0 : (outside.get(within.outer) ?? 0) * axis.extent
  const end = within === undefined ? axis.extent : Math.min(axis.extent, within.total - start)
  for (let i = 0; i < end; i++) yield* iterationsOf(rest, new Map([...outside, [axis, i]]))
}

function valueOf({ constant, terms }: Index, at: Places): number {
  return terms.reduce((sum, { factor, atom }) => {
    if (atom.kind === "axis") return sum + factor * (at.get(atom.axis) ?? 0)
    if (atom.kind === "value") throw new Error("a place that depends on data is not followed")
    const of = valueOf(atom.of, at)
    const quotient = Math.floor(of / atom.by)
    return sum + factor * (atom.kind === "quotient" ? quotient : of - atom.by * quotient)
  }, constant)
}
