/** What the expressions of a kernel depend on, and which of them are used more than once. */

import { Axis, type Buffer, type Index, type IndexAtom, type Scalar } from "../schedule/index.ts"

/** The axes that a value depends on. */
export type AxisSet = ReadonlySet<Axis>

const none: AxisSet = new Set()

const done: Axis[] = []

/** Stands among the axes of everything that uses an accumulator: bound once its total is known. */
export function reductionDone(number: number): Axis {
  done[number] ??= new Axis(`reduction ${number} done`, 1, "steps")
  return done[number]
}

export class Uses {
  readonly #mapped: readonly Axis[]
  readonly #scalars = new Map<Scalar, AxisSet>()
  readonly #atoms = new Map<IndexAtom, AxisSet>()
  readonly #written: ReadonlySet<Buffer>
  readonly #pure = new Map<Scalar, boolean>()
  readonly #lasting = new Map<Scalar, boolean>()
  readonly #shared = new Set<Scalar>()

  /**
   * `mapped` are the axes that an accumulator's total depends on, `written` the buffers that the
   * kernel stores to.
   */
  constructor(roots: Iterable<Scalar>, mapped: Iterable<Axis>, written: Iterable<Buffer>) {
    this.#written = new Set(written)
    this.#mapped = [...mapped]
    this.#countUses(roots)
  }

  axesOf(scalar: Scalar): AxisSet {
    let axes = this.#scalars.get(scalar)
    if (axes === undefined) {
      axes = this.#find(scalar)
      this.#scalars.set(scalar, axes)
    }
    return axes
  }

  axesOfAtom(atom: IndexAtom): AxisSet {
    let axes = this.#atoms.get(atom)
    if (axes === undefined) {
      axes =
        atom.kind === "axis"
          ? new Set([atom.axis])
          : atom.kind === "value"
            ? this.axesOf(atom.value)
            : this.axesOfIndex(atom.of)
      this.#atoms.set(atom, axes)
    }
    return axes
  }

  axesOfIndex(index: Index): AxisSet {
    return union(index.terms.map(({ atom }) => this.axesOfAtom(atom)))
  }

  /** Whether several expressions use a value, so that it is worth a local. */
  isShared(scalar: Scalar): boolean {
    return this.#shared.has(scalar)
  }

  /** Whether a value reads no memory, so that it may be computed where its guard fails. */
  isPure(scalar: Scalar): boolean {
    let pure = this.#pure.get(scalar)
    if (pure === undefined) {
      pure = scalar.kind !== "load" && operandsOf(scalar).every((operand) => this.isPure(operand))
      this.#pure.set(scalar, pure)
    }
    return pure
  }

  /** Whether a value stays the same while the kernel stores. */
  isLasting(scalar: Scalar): boolean {
    let lasting = this.#lasting.get(scalar)
    if (lasting === undefined) {
      lasting =
        !(scalar.kind === "load" && this.#written.has(scalar.buffer)) &&
        operandsOf(scalar).every((operand) => this.isLasting(operand))
      this.#lasting.set(scalar, lasting)
    }
    return lasting
  }

  #find(scalar: Scalar): AxisSet {
    switch (scalar.kind) {
      case "constant":
        return none
      case "accumulator":
        return new Set([...this.#mapped, reductionDone(scalar.number)])
      case "index":
      case "load":
        return this.axesOfIndex(scalar.index)
      case "apply":
        return union(scalar.operands.map((operand) => this.axesOf(operand)))
      case "guard":
        return union([
          ...scalar.conditions.map(({ index }) => this.axesOfIndex(index)),
          this.axesOf(scalar.value),
          this.axesOf(scalar.otherwise),
        ])
    }
  }

  #countUses(roots: Iterable<Scalar>): void {
    const seen = new Set<Scalar>()
    const visit = (scalar: Scalar): void => {
      if (seen.has(scalar)) {
        this.#shared.add(scalar)
        return
      }
      seen.add(scalar)
      for (const operand of operandsOf(scalar)) visit(operand)
    }
    for (const root of roots) visit(root)
  }
}

/** The values that a value is computed from, those inside index functions included. */
export function operandsOf(scalar: Scalar): readonly Scalar[] {
  switch (scalar.kind) {
    case "constant":
    case "accumulator":
      return []
    case "index":
    case "load":
      return valuesOf(scalar.index)
    case "apply":
      return scalar.operands
    case "guard":
      return [
        ...scalar.conditions.flatMap(({ index }) => valuesOf(index)),
        scalar.value,
        scalar.otherwise,
      ]
  }
}

/** The run-time values inside an index function. */
export function valuesOf(index: Index): readonly Scalar[] {
  return index.terms.flatMap(({ atom }) => {
    if (atom.kind === "axis") return []
    return atom.kind === "value" ? [atom.value] : valuesOf(atom.of)
  })
}

function union(sets: readonly AxisSet[]): AxisSet {
  const filled = sets.filter((set) => set.size > 0)
  if (filled.length === 0) return none
  const [first] = filled
  if (filled.every((set) => set === first || [...set].every((axis) => first.has(axis)))) {
    return first
  }
  return new Set(filled.flatMap((set) => [...set]))
}
