/** A nest of loops as its code goes through it: how often each expression is evaluated. */

import { type DType, dtypes } from "../../size/index.ts"
import type { Axis } from "../axis.ts"
import type { Buffer, Index, Scalar } from "../expression.ts"
import { strideOf } from "../index-function.ts"
import type { Store } from "../kernel.ts"
import { visitScalars } from "../rewrite.ts"
import type { Vectors } from "../target.ts"
import { isSingle, kindOf, type Tally } from "./kinds.ts"

/** Iterations of an axis; of the inner part of an uneven split, on average. */
export function extentOf({ extent, within }: Axis): number {
  return within === undefined ? extent : within.total / within.outer.extent
}

export function extents(axes: readonly Axis[]): number {
  return axes.reduce((product, axis) => product * extentOf(axis), 1)
}

/** Instructions for so many elements: what fills no vector is done one by one, or under a mask. */
function vectorsFor(elements: number, { lanes, masksRest }: Vectors): number {
  if (masksRest) return Math.ceil(elements / lanes)
  const whole = Math.floor(elements / lanes)
  return whole + (elements - whole * lanes)
}

/** Memory that a kernel reads or writes. */
export interface Access {
  readonly buffer: Buffer
  /** Bytes of it, each counted once. */
  readonly bytes: number
  readonly writes: boolean
  /** Bytes that are read again later on, and how many lie between one time and the next. */
  readonly again?: { readonly bytes: number; readonly reach: number }
  /** Elements that are reached at places that nobody can foresee. */
  readonly scattered?: number
  /** Bytes that such places lie within, one stretch of them after another; the whole unless given. */
  readonly within?: number
}

/** Where in a nest an expression changes: the innermost axis (−1: none), and whether along lanes. */
interface Change {
  readonly deepest: number
  readonly varies: boolean
}

const never: Change = { deepest: -1, varies: false }

/** Of most processors; larger ones are not to be counted on. */
const pageBytes = 4096

/** Without a lane axis no vector is counted. */
const singly: Vectors = { lanes: 1 }

/** Loops over `axes`, outermost first. Vectors lie along `lane`, `unroll` of them in one turn. */
export class Nest {
  readonly axes: readonly Axis[]
  readonly lane: Axis | undefined
  readonly unroll: number
  readonly vectors: Vectors
  readonly #place: ReadonlyMap<Axis, number>
  /** Where the totals of reductions change. */
  readonly #total: Change
  readonly #known = new Map<Scalar, Change>()

  /** @param mapped how many of the axes are outside of the reductions */
  constructor(
    axes: readonly Axis[],
    mapped: number,
    lane: Axis | undefined,
    unroll: number,
    vectors: Vectors = singly,
  ) {
    this.axes = axes
    this.vectors = vectors
    this.lane = lane
    this.unroll = unroll
    this.#place = new Map(axes.map((axis, i) => [axis, i]))
    const place = lane === undefined ? -1 : (this.#place.get(lane) ?? -1)
    this.#total = { deepest: mapped - 1, varies: place >= 0 && place < mapped }
  }

  /** Where an index changes. */
  changeOfIndex(index: Index): Change {
    return index.terms
      .map(({ atom }): Change => {
        if (atom.kind === "value") return this.changeOf(atom.value)
        if (atom.kind !== "axis") return this.changeOfIndex(atom.of)
        const deepest = this.#place.get(atom.axis) ?? -1
        return { deepest, varies: atom.axis === this.lane }
      })
      .reduce(joined, never)
  }

  /** Where an expression changes. */
  changeOf(scalar: Scalar): Change {
    let found = this.#known.get(scalar)
    if (found === undefined) {
      found = this.#changeOf(scalar)
      this.#known.set(scalar, found)
    }
    return found
  }

  #changeOf(scalar: Scalar): Change {
    switch (scalar.kind) {
      case "constant":
        return never
      case "accumulator":
        return this.#total
      case "load":
      case "index":
        return this.changeOfIndex(scalar.index)
      case "apply":
        return scalar.operands.map((operand) => this.changeOf(operand)).reduce(joined, never)
      case "guard": {
        const conditions = scalar.conditions.map(({ index }) => this.changeOfIndex(index))
        const values = [this.changeOf(scalar.value), this.changeOf(scalar.otherwise)]
        return [...conditions, ...values].reduce(joined, never)
      }
    }
  }

  /** Instructions for what is evaluated wherever it changes. */
  instructions({ deepest, varies }: Change): number {
    let count = 1
    for (const axis of this.axes.slice(0, deepest + 1)) {
      if (axis !== this.lane) count *= extentOf(axis)
      else if (varies) count *= vectorsFor(extentOf(axis), this.vectors)
      else count *= this.turnsAlongLanes(axis)
    }
    return count
  }

  /** Turns of the loop over the lane axis. */
  turnsAlongLanes(lane: Axis): number {
    return Math.ceil(extentOf(lane) / (this.vectors.lanes * this.unroll))
  }

  /** Iterations of the loops down to a position, element by element. */
  elements(deepest: number): number {
    return extents(this.axes.slice(0, deepest + 1))
  }

  /** Adds what evaluating some expressions takes, except what was seen before. */
  count(tally: Tally, roots: readonly Scalar[], seen: Set<Scalar>): void {
    visitScalars(roots, (scalar) => {
      if (seen.has(scalar)) return
      seen.add(scalar)
      const change = this.changeOf(scalar)
      if (scalar.kind === "apply") {
        const kind = kindOf(scalar)
        if (kind !== undefined && isSingle(kind)) tally.add(kind, this.elements(change.deepest))
        else if (kind !== undefined) {
          const vectors = vectorsOf(scalar.operands[0].dtype)
          tally.add(kind, vectors * this.instructions(change))
        }
      } else if (scalar.kind === "guard") {
        tally.add("guard", this.instructions(change) * scalar.conditions.length)
      } else if (scalar.kind === "load") this.countAccess(tally, scalar, change, "load")
    })
  }

  /** Adds what reading or writing an element takes at each change of its place or its value. */
  countAccess(
    tally: Tally,
    { buffer: { dtype }, index }: Pick<Store, "buffer" | "index">,
    change: Change,
    kind: "load" | "store",
  ): void {
    if (this.isSpread(index) && readsPlaces(index)) {
      tally.add("gather", this.elements(change.deepest))
    } else if (this.isSpread(index)) tally.add("spread", this.elements(change.deepest))
    else {
      tally.add(kind, vectorsOf(dtype) * this.instructions(change))
      tally.add("page", this.#pages(index, dtypes[dtype].bytes))
      if (dtypes[dtype].bytes > 1) return
      tally.add(kind === "load" ? "narrow" : "narrowStore", this.instructions(change))
    }
  }

  /**
   * Pages that are entered where the innermost loop goes on in strides, as down the columns of a
   * matrix: what fetches ahead stops at each.
   */
  #pages(index: Index, itemBytes: number): number {
    const { lane } = this
    const inner = this.axes.findLast((axis) => extentOf(axis) > 1)
    if (lane === undefined || inner === undefined || inner === lane) return 0
    const stride = Math.abs(strideOf(index, inner) ?? 0) * itemBytes
    const others = extents(this.axes.filter((axis) => axis !== lane))
    return others * this.turnsAlongLanes(lane) * Math.min(1, stride / pageBytes)
  }

  /** Whether the elements of a vector lie apart. */
  isSpread(index: Index): boolean {
    if (this.lane === undefined) return readsPlaces(index)
    const stride = strideOf(index, this.lane)
    // A vector that lies backwards is read whole and turned.
    return stride === undefined || Math.abs(stride) > 1
  }

  /** The memory that reading or writing at an index touches. */
  access(buffer: Buffer, index: Index, itemBytes: number, bufferBytes: number): Access {
    const { deepest } = this.changeOfIndex(index)
    const reached = this.elements(deepest)
    const bytes = Math.min(bufferBytes, reached * itemBytes)
    const place = { buffer, bytes, writes: false }
    if (readsPlaces(index)) {
      // What lies side by side behind a place that was read is a stream again.
      const places = index.terms.filter((term) => readsPlaces({ constant: 0, terms: [term] }))
      const unforeseen = this.changeOfIndex({ constant: 0, terms: places })
      return { ...place, scattered: this.elements(unforeseen.deepest) }
    }
    const again = this.#again(index, deepest, itemBytes, bytes)
    return again === undefined ? place : { ...place, again }
  }

  /** What is read again in every turn of the innermost loop that the index does not follow. */
  #again(index: Index, deepest: number, itemBytes: number, once: number): Access["again"] {
    const all = this.elements(deepest) * itemBytes
    if (all <= once) return undefined
    for (let i = deepest - 1; i >= 0; i--) {
      if (extentOf(this.axes[i]) === 1 || strideOf(index, this.axes[i]) !== 0) continue
      const reach = extents(this.axes.slice(i + 1, deepest + 1)) * itemBytes
      return { bytes: all - once, reach: Math.min(reach, once) }
    }
    return undefined
  }
}

/** Vectors that hold as many elements of a dtype as one holds of float32: narrow ones are widened. */
export function vectorsOf(dtype: DType): number {
  return Math.max(1, dtypes[dtype].bytes / 4)
}

/** The change that follows both. */
export function joined(a: Change, b: Change): Change {
  return { deepest: Math.max(a.deepest, b.deepest), varies: a.varies || b.varies }
}

/** Whether an index depends on what is read from memory. */
export function readsPlaces(index: Index): boolean {
  return index.terms.some(
    ({ atom }) => atom.kind === "value" || (atom.kind !== "axis" && readsPlaces(atom.of)),
  )
}
