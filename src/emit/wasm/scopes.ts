/** What is known where: axes that stand at a value, and what locals already hold. */

import type { Axis, Condition, IndexTerm, Scalar } from "../../schedule/index.ts"
import { reductionDone } from "../uses.ts"
import type { Local } from "./assembler.ts"
import type { Sum } from "./sums.ts"

/** The value of an axis: at run time, or known while emitting. */
export type AxisValue = Local | number

/** An axis whose iterations come in vectors of four. */
export interface LaneAxis {
  readonly axis: Axis
  /** Vectors that are worked on together: lanes 0 to 4·vectors − 1 from the axis's value on. */
  readonly vectors: number
}

/** A sum as far as it is computed: local + constant + missing terms. */
export interface Progress {
  readonly local: Local | undefined
  readonly constant: number
  readonly missing: readonly IndexTerm[]
  /** Whether a negative constant was added to an address's local: it may lie before all memory. */
  readonly isLow?: boolean
}

/** Pushes the vector number `u` of an accumulator's total. */
export type Total = (u: number) => void

interface Scope {
  readonly axes: Map<Axis, AxisValue>
  /** Locals by vector number; a value that is the same in all lanes has only number 0. */
  readonly values: Map<Scalar, (Local | undefined)[]>
  readonly sums: Map<Sum, Progress>
  readonly atoms: Map<string, Local>
  readonly tests: Map<Condition, Local>
  readonly totals: Map<number, Total>
  lanes: LaneAxis | undefined
  /** Per vector, the lanes that may read memory; none where all may. */
  mask: readonly (Local | undefined)[] | undefined
}

/** A stack of scopes. What is set in one is forgotten when it ends. */
export class Scopes {
  readonly #stack: Scope[] = []

  constructor() {
    this.#open()
  }

  /** Runs `body` in a scope of its own. */
  within(body: () => void): void {
    this.#open()
    body()
    this.#stack.pop()
  }

  get lanes(): LaneAxis | undefined {
    return this.#top.lanes
  }

  set lanes(lanes: LaneAxis | undefined) {
    this.#top.lanes = lanes
  }

  /** The lanes of vector `u` that may read memory; none where all may. */
  mask(u: number): Local | undefined {
    return this.#top.mask?.[u]
  }

  setMask(mask: readonly (Local | undefined)[] | undefined): void {
    this.#top.mask = mask
  }

  axis(axis: Axis): AxisValue | undefined {
    return this.#find((scope) => scope.axes.get(axis))
  }

  bind(axis: Axis, value: AxisValue): void {
    this.#top.axes.set(axis, value)
  }

  value(scalar: Scalar, u: number): Local | undefined {
    return this.#find((scope) => scope.values.get(scalar)?.[u])
  }

  setValue(scalar: Scalar, u: number, local: Local): void {
    const known = this.#top.values.get(scalar)
    if (known !== undefined) known[u] = local
    else {
      const locals: (Local | undefined)[] = []
      locals[u] = local
      this.#top.values.set(scalar, locals)
    }
  }

  sum(sum: Sum): Progress | undefined {
    return this.#find((scope) => scope.sums.get(sum))
  }

  setSum(sum: Sum, progress: Progress): void {
    this.#top.sums.set(sum, progress)
  }

  atom(key: string): Local | undefined {
    return this.#find((scope) => scope.atoms.get(key))
  }

  setAtom(key: string, local: Local): void {
    this.#top.atoms.set(key, local)
  }

  test(condition: Condition): Local | undefined {
    return this.#find((scope) => scope.tests.get(condition))
  }

  setTest(condition: Condition, local: Local): void {
    this.#top.tests.set(condition, local)
  }

  total(number: number): Total | undefined {
    return this.#find((scope) => scope.totals.get(number))
  }

  setTotal(number: number, total: Total): void {
    this.#top.totals.set(number, total)
    this.bind(reductionDone(number), 0)
  }

  get #top(): Scope {
    return this.#stack[this.#stack.length - 1]
  }

  #open(): void {
    const outer = this.#stack.at(-1)
    this.#stack.push({
      axes: new Map(),
      values: new Map(),
      sums: new Map(),
      atoms: new Map(),
      tests: new Map(),
      totals: new Map(),
      lanes: outer?.lanes,
      mask: outer?.mask,
    })
  }

  #find<T>(look: (scope: Scope) => T | undefined): T | undefined {
    for (let i = this.#stack.length - 1; i >= 0; i--) {
      const found = look(this.#stack[i])
      if (found !== undefined) return found
    }
    return undefined
  }
}
