/** The longest dependent chain of a scheduled program, counted on its kernels. */

import { networkStages, prefixLevels } from "../price/index.ts"
import {
  type Buffer,
  type ControlStep,
  type Index,
  isControlStep,
  isSpread,
  iterations,
  type Kernel,
  type MergeKernel,
  type Program,
  readsOf,
  type Scalar,
  type SortKernel,
  type Step,
  type Store,
  writesOf,
} from "../schedule/index.ts"

/** How many operations in a row it takes until a buffer is whole. */
type Ready = Map<Buffer, number>

/**
 * The longest chain of scalar operations that wait on each other in one run of a program, where a
 * kernel waits for whole buffers, as threads do that meet, and combinations are trees, as in the
 * span of a price: how a reduction is cut over lanes and steps does not enter. No price of a graph is
 * asked: what melted into an address or into its users is not there any more. A while loop counts
 * for one step, and of branches the longest.
 */
export function chainOfProgram({ steps }: Program): number {
  const ready: Ready = new Map()
  return run(steps, ready)
}

/** The longest chain to anything that some steps write. */
function run(steps: readonly Step[], ready: Ready): number {
  let longest = 0
  for (const step of steps) {
    const wrote = isControlStep(step) ? runControl(step, ready) : runKernel(step, ready)
    longest = Math.max(longest, wrote)
  }
  return longest
}

/** Rounds follow each other as wholes, and wait for all that they read. */
function runControl(step: ControlStep, ready: Ready): number {
  const start = Math.max(0, ...[...readsOf(step)].map((buffer) => ready.get(buffer) ?? 0))
  const end = start + chainInside(step)
  for (const buffer of writesOf(step)) ready.set(buffer, end)
  return end
}

function chainInside(step: ControlStep): number {
  switch (step.kind) {
    case "repeat": {
      const rounds = isSpread(step) ? Math.min(1, step.counter.extent) : step.counter.extent
      return rounds === 0 ? 0 : rounds * run(step.steps, new Map())
    }
    case "while":
      return run(step.condition, new Map()) + run(step.steps, new Map())
    case "branch":
      return Math.max(0, ...step.branches.map((branch) => run(branch, new Map())))
  }
}

function runKernel(kernel: Kernel, ready: Ready): number {
  if (mappedIterations(kernel) === 0) return 0
  const chains = chainsOfKernel(kernel, ready)
  let longest = 0
  for (const [buffer, chain] of chains) {
    // A buffer that several kernels write in parts is whole when the last of them is done.
    ready.set(buffer, Math.max(chain, ready.get(buffer) ?? 0))
    longest = Math.max(longest, chain)
  }
  return longest
}

function chainsOfKernel(kernel: Kernel, ready: Ready): ReadonlyMap<Buffer, number> {
  switch (kernel.kind) {
    case "loop": {
      const depth = new Depths(ready)
      const rows = iterations(kernel.reduced)
      for (const { value } of kernel.accumulators) {
        depth.totals.push(rows === 0 ? 0 : depth.of(value) + treeOver(rows))
      }
      return depth.ofStores(kernel.stores)
    }
    case "contraction": {
      const depth = new Depths(ready)
      const { lhs, rhs } = kernel
      const right = rhs.kind === "panels" ? (ready.get(rhs.buffer) ?? 0) : depth.of(rhs)
      const terms = iterations(kernel.depth)
      const products = Math.max(depth.of(lhs), right) + 1 + treeOver(terms)
      depth.totals.push(terms === 0 ? 0 : products)
      return depth.ofStores(kernel.stores)
    }
    case "scan": {
      const depth = new Depths(ready)
      const combined = prefixLevels(kernel.along.extent).length
      return new Map([[kernel.buffer, depth.of(kernel.value) + combined]])
    }
    case "scatter": {
      const depth = new Depths(ready)
      const before = ready.get(kernel.buffer) ?? 0
      const update = Math.max(depth.of(kernel.value), depth.of(kernel.when), depth.at(kernel.index))
      return new Map([
        [kernel.buffer, Math.max(before, update) + treeOver(iterations(kernel.steps) + 1)],
      ])
    }
    case "sort":
    case "merge": {
      const before = Math.max(0, ...kernel.operands.map((buffer) => ready.get(buffer) ?? 0))
      const end = before + stagesOf(kernel)
      return new Map(kernel.results.map((buffer) => [buffer, end]))
    }
  }
}

/** How many results a kernel makes. */
function mappedIterations(kernel: Kernel): number {
  switch (kernel.kind) {
    case "loop":
    case "scatter":
      return iterations(kernel.axes)
    case "contraction":
      return iterations([...kernel.batch, ...kernel.rows, ...kernel.columns])
    case "scan":
      return iterations([...kernel.axes, kernel.along])
    case "sort":
      return kernel.rows.extent * kernel.extent
    case "merge":
      return kernel.pieces.extent
  }
}

/** Stages of the networks that sort a row, or that merge two sorted runs of one. */
function stagesOf(kernel: SortKernel | MergeKernel): number {
  if (kernel.kind === "sort") return networkStages(kernel.extent).length
  return treeOver(Math.min(2 * kernel.run, kernel.extent))
}

/** Steps of a tree over n values. */
function treeOver(n: number): number {
  return n <= 1 ? 0 : Math.ceil(Math.log2(n))
}

/** The chains to the values of one kernel. */
class Depths {
  /** Chains to what the kernel's reductions come to. */
  readonly totals: number[] = []
  readonly #ready: Ready
  readonly #known = new Map<Scalar, number>()
  /** Chains to what the kernel itself stored and reads back. */
  readonly #own = new Map<Buffer, number>()

  constructor(ready: Ready) {
    this.#ready = ready
  }

  ofStores(stores: readonly Store[]): ReadonlyMap<Buffer, number> {
    for (const { buffer, index, value, summed } of stores) {
      const chain = Math.max(this.of(value), this.at(index)) + treeOver(summed?.rows ?? 1)
      this.#own.set(buffer, Math.max(chain, this.#own.get(buffer) ?? 0))
    }
    return this.#own
  }

  of(scalar: Scalar): number {
    let depth = this.#known.get(scalar)
    if (depth === undefined) {
      depth = this.#compute(scalar)
      this.#known.set(scalar, depth)
    }
    return depth
  }

  at({ terms }: Index): number {
    return terms.reduce((most, { atom }) => {
      if (atom.kind === "axis") return most
      return Math.max(most, atom.kind === "value" ? this.of(atom.value) : this.at(atom.of))
    }, 0)
  }

  #compute(scalar: Scalar): number {
    switch (scalar.kind) {
      case "constant":
        return 0
      case "index":
        return this.at(scalar.index)
      case "load": {
        const { buffer, index } = scalar
        const stored = this.#own.get(buffer) ?? this.#ready.get(buffer) ?? 0
        return Math.max(stored, this.at(index))
      }
      case "accumulator":
        return this.totals[scalar.number] ?? 0
      case "guard": {
        const places = scalar.conditions.map(({ index }) => this.at(index))
        return Math.max(this.of(scalar.value), this.of(scalar.otherwise), ...places)
      }
      case "apply":
        return 1 + Math.max(0, ...scalar.operands.map((operand) => this.of(operand)))
    }
  }
}
