/**
 * Computations as those see them who buy memory with time: steps in order, each making values from
 * values, and orders in which some steps are taken again instead of keeping what they made.
 */

/** A step that makes values from others. */
export interface ComputationStep {
  /** What taking it once costs, in any unit. */
  readonly cost: number
  /** The values that it reads, by number. */
  readonly operands: readonly number[]
  /** The values that it makes, by number; no other step makes them. */
  readonly results: readonly number[]
}

/** Steps, each after those that make its operands. What no step makes is always there. */
export interface Computation {
  readonly steps: readonly ComputationStep[]
  /** The bytes of each value, while it is kept. */
  readonly bytes: readonly number[]
}

/** Steps by number in the order in which they are taken: all in turn, with repeats between. */
export type Order = readonly number[]

/** A value from where an order makes it to where it is needed last before it is made again. */
export interface Life {
  readonly value: number
  readonly from: number
  /** Places that read it, rising. */
  readonly uses: readonly number[]
}

/** What an order takes. */
export interface Measured {
  readonly cost: number
  /** Most bytes at once: while a step is taken, its operands and results are all there. */
  readonly peak: number
  /** Bytes at each place. */
  readonly memory: Float64Array
  readonly lives: readonly Life[]
}

/** The steps once each, in turn. */
export function plainOrder({ steps }: Computation): Order {
  return steps.map((_, i) => i)
}

/** @throws Error when an order reads a value before it makes it. */
export function measureOrder({ steps, bytes }: Computation, order: Order): Measured {
  const made = madeBy(steps, bytes.length)
  const current: ({ value: number; from: number; uses: number[] } | undefined)[] = []
  const lives: { value: number; from: number; uses: number[] }[] = []
  let cost = 0
  for (const [at, step] of order.entries()) {
    cost += steps[step].cost
    for (const value of steps[step].operands) {
      if (made[value] === undefined) continue
      const life = current[value]
      if (life === undefined) throw new Error(`value ${value} is read before it is made`)
      if (life.uses.at(-1) !== at) life.uses.push(at)
    }
    for (const value of steps[step].results) {
      const life = { value, from: at, uses: [] }
      current[value] = life
      lives.push(life)
    }
  }
  const memory = new Float64Array(order.length + 1)
  for (const { value, from, uses } of lives) {
    memory[from] += bytes[value]
    memory[(uses.at(-1) ?? from) + 1] -= bytes[value]
  }
  let peak = 0
  for (let at = 0; at < order.length; at++) {
    if (at > 0) memory[at] += memory[at - 1]
    peak = Math.max(peak, memory[at])
  }
  return { cost, peak, memory: memory.subarray(0, order.length), lives }
}

/** The step that makes each value; undefined for what is always there. */
export function madeBy(
  steps: readonly ComputationStep[],
  values: number,
): readonly (number | undefined)[] {
  const made: (number | undefined)[] = Array.from({ length: values }, () => undefined)
  for (const [i, { results }] of steps.entries()) for (const value of results) made[value] = i
  return made
}

/** Measures many orders of one computation: only what they take, quickly. */
export class Meter {
  readonly #bytes: readonly number[]
  readonly #operands: readonly Int32Array[]
  readonly #results: readonly Int32Array[]
  /** Where each value was made last and needed last, while an order is measured. */
  readonly #from: Int32Array
  readonly #last: Int32Array

  constructor({ steps, bytes }: Computation) {
    const made = madeBy(steps, bytes.length)
    const counted = (values: readonly number[]): Int32Array =>
      Int32Array.from(values.filter((value) => made[value] !== undefined && bytes[value] > 0))
    this.#bytes = bytes
    this.#operands = steps.map(({ operands }) => counted(operands))
    this.#results = steps.map(({ results }) => counted(results))
    this.#from = new Int32Array(bytes.length)
    this.#last = new Int32Array(bytes.length)
  }

  /** Bytes at each place. */
  memory(order: Order): Float64Array {
    const [from, last, bytes] = [this.#from, this.#last, this.#bytes]
    from.fill(-1)
    const memory = new Float64Array(order.length + 1)
    for (let at = 0; at < order.length; at++) {
      for (const value of this.#operands[order[at]]) last[value] = at
      for (const value of this.#results[order[at]]) {
        if (from[value] >= 0) {
          memory[from[value]] += bytes[value]
          memory[last[value] + 1] -= bytes[value]
        }
        from[value] = at
        last[value] = at
      }
    }
    for (let value = 0; value < from.length; value++) {
      if (from[value] < 0) continue
      memory[from[value]] += bytes[value]
      memory[last[value] + 1] -= bytes[value]
    }
    for (let at = 1; at < order.length; at++) memory[at] += memory[at - 1]
    return memory.subarray(0, order.length)
  }

  /** Bytes over a budget, added up over all places. */
  excess(order: Order, budget: number): number {
    let excess = 0
    for (const bytes of this.memory(order)) if (bytes > budget) excess += bytes - budget
    return excess
  }
}
