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
  indexUses,
  type LoopKernel,
  loadsOf,
  type Scalar,
  type Store,
  scalarUses,
  visitScalars,
} from "../../schedule/index.ts"
import {
  forEachGroup,
  forEachInvocation,
  groupsFor,
  lanesFor,
  nest,
  plainInvocations,
} from "./pieces.ts"
import { combined, identityOf, precedes, seeksPlace } from "./reduction.ts"
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
    this.#passes = passesOf(kernel.accumulators, kernel.stores.filter(isInner))
    this.#stores = kernel.stores.filter((store) => !isInner(store))
    const shared = kernel.reduced.find(({ place }) => place === "lanes")
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

  #reduce({ members, stores }: Pass): void {
    const { text, values } = this.#builder
    const running = members.map(({ accumulator }) => this.#begin(accumulator))
    nest(this.#builder, this.#kernel.reduced, this.#lanes, () => {
      for (const { take } of running) take()
      this.#store(stores)
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
    text.line(`var ${total} = ${identityOf(combine, dtype)};`)
    return {
      total,
      take: () => text.line(`${total} = ${combined(combine, dtype, total, values.value(value))};`),
      combine: () => {
        if (this.#lanes > 1) combineLanes(this.#builder, this.#lanes, combine, dtype, total)
      },
    }
  }

  /** The place of an extreme value: the best so far and where it stood, −1 before the first. */
  #beginPlace({ combine, value }: Place): Running {
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

type Place = Extract<Accumulator, { combine: "argmax" | "argmin" }>
type Total = Exclude<Accumulator, Place>

/** A reduction under way. */
interface Running {
  readonly total: string
  readonly take: () => void
  /** Brings the totals of a workgroup's invocations together. */
  readonly combine: () => void
}

/** Stores in order, a new batch beginning where a value reads what the batch stores. */
function batchesOf(stores: readonly Store[]): readonly (readonly Store[])[] {
  const batches: Store[][] = []
  for (const store of stores) {
    const batch = batches.at(-1)
    let reads = batch === undefined
    visitScalars([store.value], (scalar) => {
      if (scalar.kind === "load") reads ||= batch?.some((s) => s.buffer === scalar.buffer) ?? true
    })
    if (reads) batches.push([store])
    else batch?.push(store)
  }
  return batches
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

/** Whether a store is done for every iteration of the reduced axes. */
function storesWithin({ reduced }: LoopKernel, { index, value }: Store): boolean {
  return reduced.some((axis) => indexUses(index, axis) || scalarUses(value, axis))
}

/** Accumulators that are reduced together, and stores along the way. */
interface Pass {
  readonly members: readonly { readonly number: number; readonly accumulator: Accumulator }[]
  readonly stores: readonly Store[]
}

/** An accumulator whose value needs the totals of others is reduced in a pass after theirs. */
function passesOf(accumulators: readonly Accumulator[], stores: readonly Store[]): readonly Pass[] {
  const passes: { members: { number: number; accumulator: Accumulator }[]; stores: Store[] }[] = []
  const passOf: number[] = []
  const firstPass = (value: Scalar): number => {
    let pass = 0
    visitScalars([value], (scalar) => {
      if (scalar.kind === "accumulator") pass = Math.max(pass, passOf[scalar.number] + 1)
    })
    while (passes.length <= pass) passes.push({ members: [], stores: [] })
    return pass
  }
  for (const [number, accumulator] of accumulators.entries()) {
    const pass = firstPass(accumulator.value)
    passOf.push(pass)
    passes[pass].members.push({ number, accumulator })
  }
  for (const store of stores) passes[firstPass(store.value)].stores.push(store)
  return passes
}
