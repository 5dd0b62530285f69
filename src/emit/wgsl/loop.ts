/**
 * Loop kernels: maps and reductions.
 *
 * A reduction with an axis in lanes is shared by a workgroup: each invocation combines every so
 * many elements, and the workgroup combines their totals as a tree. A store whose index or value
 * depends on reduced axes is done for each of their iterations, in the first pass over them in
 * which all totals that it needs are known.
 */

import {
  type Accumulator,
  type Axis,
  type ExtremePlace,
  type LoopKernel,
  laneOf,
  loadsOf,
  type Scalar,
  type Store,
  seeksPlace,
  storesWithin,
  type Total,
} from "../../schedule/index.ts"
import { batchesOf, type Pass, passesOf } from "../passes.ts"
import { notUnrolled } from "../unroll.ts"
import {
  forEachGroup,
  forEachInvocation,
  groupsFor,
  lanesFor,
  nest,
  plainInvocations,
} from "./pieces.ts"
import { combined, identityLiteral, precedes } from "./reduction.ts"
import { inOrderOfMemory, type Runs, runsOver } from "./runs.ts"
import { type Shader, ShaderBuilder, type ShaderSite } from "./shader.ts"
import { combineLanes, combinePlaces } from "./tree.ts"
import { integer } from "./types.ts"

export function emitLoop(site: ShaderSite, kernel: LoopKernel): Shader {
  const spread = inOrderOfMemory(kernel.axes.filter(isSpread), kernel.stores)
  const written = kernel.stores.map(({ buffer }) => buffer)
  const builder = new ShaderBuilder(site, written, runsOf(kernel, spread))
  return new LoopEmitter(builder, kernel, spread).emit()
}

class LoopEmitter {
  readonly #builder: ShaderBuilder
  readonly #kernel: LoopKernel
  readonly #spread: readonly Axis[]
  readonly #passes: readonly Pass[]
  /** What is stored once for the mapped axes. */
  readonly #stores: readonly Store[]
  /** Invocations that share a reduction; 1 where each has its own. */
  readonly #lanes: number

  constructor(builder: ShaderBuilder, kernel: LoopKernel, spread: readonly Axis[]) {
    this.#builder = builder
    this.#kernel = kernel
    this.#spread = spread
    const isInner = (store: Store): boolean => storesWithin(kernel, store)
    this.#passes = passesOf(notUnrolled(kernel).gathered, kernel.stores.filter(isInner))
    this.#stores = kernel.stores.filter((store) => !isInner(store))
    const shared = laneOf(kernel.reduced)
    const most = builder.target.invocations
    this.#lanes = shared === undefined ? 1 : lanesFor(shared.extent, most)
  }

  emit(): Shader {
    const walked = this.#kernel.axes.filter((axis) => !isSpread(axis))
    const body = (): void => nest(this.#builder, walked, 1, () => this.#element())
    if (this.#lanes > 1) {
      const pieces = forEachGroup(this.#builder, this.#spread, body)
      return this.#builder.finish(this.#lanes, pieces)
    }
    const pieces = forEachInvocation(this.#builder, this.#spread, body)
    return this.#builder.finish(plainInvocations, groupsFor(pieces))
  }

  #element(): void {
    for (const pass of this.#passes) this.#reduce(pass)
    if (this.#lanes === 1) this.#store(this.#stores)
    else if (this.#stores.length > 0) {
      this.#builder.values.block("if (lane == 0u)", () => this.#store(this.#stores))
    }
  }

  /** All values are computed before any is stored: a store may overwrite what others read. */
  #store(stores: readonly Store[]): void {
    const { values } = this.#builder
    for (const batch of batchesOf(stores)) {
      const kept = batch.map(({ value }) => values.value(value))
      for (const [i, { buffer, index }] of batch.entries()) values.store(buffer, index, kept[i])
      values.forgetStored()
    }
  }

  #reduce({ members, work }: Pass): void {
    const { text, values } = this.#builder
    const running = members.map(({ accumulator }) => this.#begin(accumulator))
    nest(this.#builder, this.#kernel.reduced, this.#lanes, () => {
      for (const { take } of running) take()
      this.#store(work.stores)
    })
    for (const [i, { total, combine }] of running.entries()) {
      combine()
      values.setTotal(members[i].number, text.keep("t", total))
    }
  }

  #begin(accumulator: Accumulator): Running {
    return seeksPlace(accumulator) ? this.#beginPlace(accumulator) : this.#beginTotal(accumulator)
  }

  #beginTotal({ combine, dtype, value }: Total): Running {
    const { text, values } = this.#builder
    const total = text.name("sum")
    text.line(`var ${total} = ${identityLiteral(combine, dtype)};`)
    return {
      total,
      take: () => text.line(`${total} = ${combined(combine, dtype, total, values.value(value))};`),
      combine: () => {
        if (this.#lanes > 1) combineLanes(this.#builder, this.#lanes, combine, dtype, total)
      },
    }
  }

  /** The place of an extreme value: the best so far and where it stood, −1 before the first. */
  #beginPlace({ combine, value }: ExtremePlace): Running {
    const { text, values } = this.#builder
    const [best, place] = [text.name("best"), text.name("place")]
    const { dtype } = value
    const zero: Scalar = { kind: "constant", dtype, value: 0 }
    text.line(`var ${best} = ${values.value(zero)};`)
    text.line(`var ${place} = -1i;`)
    return {
      total: place,
      take: () => {
        const found = values.value(value)
        const better = `${place} < 0i || ${precedes(combine, dtype, found, best)}`
        values.block(`if (${better})`, () => {
          text.line(`${best} = ${found};`)
          text.line(`${place} = ${this.#place()};`)
        })
      },
      combine: () => {
        if (this.#lanes > 1) {
          combinePlaces(this.#builder, this.#lanes, combine, dtype, best, place)
        }
      },
    }
  }

  /** The row-major number of the iteration of the reduced axes. */
  #place(): string {
    const { values } = this.#builder
    return this.#kernel.reduced.reduce(
      (place, axis) => `(${place}) * ${integer(axis.extent)} + ${values.axis(axis)}`,
      "0i",
    )
  }
}

/** A reduction under way. */
interface Running {
  readonly total: string
  readonly take: () => void
  /** Brings the totals of a workgroup's invocations together. */
  readonly combine: () => void
}

const isSpread = ({ place }: Axis): boolean => place !== "steps"

/**
 * Runs in which a kernel makes whole words of what it stores once for its mapped axes and does not read
 * back; undefined where it makes none.
 */
function runsOf(kernel: LoopKernel, spread: readonly Axis[]): Runs | undefined {
  if (spread.length < kernel.axes.length) return undefined
  const read = loadsOf(kernel)
  const stores = kernel.stores.filter((store) => !storesWithin(kernel, store))
  return runsOver(
    spread,
    stores.filter(({ buffer }) => !read.has(buffer)),
  )
}
