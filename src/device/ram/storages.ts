/** The bytes that a run holds, followed as it goes. */

import type { Equation, Graph, Primitive, Variable } from "../../graph/index.ts"
import { dtypes } from "../../size/index.ts"
import { countOf } from "./layout.ts"
import { shapeOf } from "./values.ts"

/** Bytes that one or more variables share. */
interface Storage {
  readonly bytes: number
  readonly born: number
  /** The step after the last one that needs it, so far. */
  needed: number
  /** Variables that still need it; it is given back at 0. */
  holders: number
}

const viewPrimitives: ReadonlySet<Primitive> = new Set<Primitive>([
  "stopGradient",
  "reshape",
  "transpose",
  "broadcast",
  "slice",
  "flip",
  "windows",
  "after",
])
const creationPrimitives: ReadonlySet<Primitive> = new Set<Primitive>(["full", "iota"])
const repeatingPrimitives: ReadonlySet<Primitive> = new Set<Primitive>(["broadcast", "windows"])

/**
 * Reference counts over a run: a variable holds its storage until its last reader has run, inputs
 * and outputs for ever. Views share a storage, what is made from nothing has none.
 */
export class Storages {
  readonly #graph: Graph
  readonly #of = new Map<Variable, Storage>()
  readonly #all: Storage[] = []
  /** Reads of a variable that are still to come; outputs are read once more, by the caller. */
  readonly #reads = new Map<Variable, number>()
  /** Variables made from nothing or with repeated elements, written out when they are outputs. */
  readonly #unwritten = new Set<Variable>()
  #held = 0
  #most = 0

  constructor(graph: Graph) {
    this.#graph = graph
    const permanent = [...graph.inputs, ...graph.outputs]
    for (const variable of [...permanent, ...graph.equations.flatMap((e) => e.operands)]) {
      this.#reads.set(variable, (this.#reads.get(variable) ?? 0) + 1)
    }
    for (const input of graph.inputs) this.#allocate(input, 0)
  }

  /** An equation ran, from one step to another, and held so many bytes inside. */
  ran(
    { primitive, operands, results }: Equation,
    start: number,
    end: number,
    inside: { readonly sequential: number; readonly earliest: number },
  ): void {
    for (const result of results) {
      const storage = this.#of.get(operands[0])
      if (creationPrimitives.has(primitive)) this.#unwritten.add(result)
      else if (!viewPrimitives.has(primitive)) this.#allocate(result, start)
      else {
        const repeats = repeatingPrimitives.has(primitive) || this.#unwritten.has(operands[0])
        if (repeats) this.#unwritten.add(result)
        if (storage !== undefined) {
          storage.holders++
          this.#of.set(result, storage)
        }
      }
    }
    this.#most = Math.max(this.#most, this.#held + inside.sequential)
    if (inside.earliest > 0) {
      this.#all.push({ bytes: inside.earliest, born: start, needed: end, holders: 0 })
    }
    for (const variable of [...operands, ...results]) {
      const storage = this.#of.get(variable)
      if (storage !== undefined) storage.needed = Math.max(storage.needed, end)
    }
    for (const operand of operands) {
      this.#reads.set(operand, (this.#reads.get(operand) ?? 0) - 1)
    }
    for (const variable of new Set([...operands, ...results])) {
      if ((this.#reads.get(variable) ?? 0) === 0) this.#release(variable)
    }
  }

  /** The most bytes held: one equation after another, and each as early as it can be. */
  highWater(): { readonly sequentialMemory: number; readonly earliestMemory: number } {
    const unwritten = [...new Set(this.#graph.outputs)].filter((v) => this.#unwritten.has(v))
    const final = unwritten.reduce((sum, variable) => sum + bytesOf(variable), this.#held)
    const forever = new Set(
      [...this.#graph.inputs, ...this.#graph.outputs].map((variable) => this.#of.get(variable)),
    )
    const steps = [...new Set(this.#all.map(({ born }) => born))]
    const earliest = steps.map((step) =>
      this.#all
        .filter((s) => s.born === step || (s.born < step && (forever.has(s) || s.needed > step)))
        .reduce((sum, { bytes }) => sum + bytes, 0),
    )
    return {
      sequentialMemory: Math.max(this.#most, final),
      earliestMemory: Math.max(0, final, ...earliest),
    }
  }

  /** The most bytes held beside the inputs'. */
  beyondInputs(): ReturnType<Storages["highWater"]> {
    const inputs = this.#graph.inputs.reduce((sum, input) => sum + bytesOf(input), 0)
    const { sequentialMemory, earliestMemory } = this.highWater()
    return {
      sequentialMemory: sequentialMemory - inputs,
      earliestMemory: earliestMemory - inputs,
    }
  }

  #allocate(variable: Variable, born: number): void {
    const storage = { bytes: bytesOf(variable), born, needed: born, holders: 1 }
    this.#all.push(storage)
    this.#of.set(variable, storage)
    this.#held += storage.bytes
    this.#most = Math.max(this.#most, this.#held)
  }

  #release(variable: Variable): void {
    const storage = this.#of.get(variable)
    if (storage === undefined) return
    storage.holders--
    if (storage.holders === 0) this.#held -= storage.bytes
  }
}

function bytesOf(variable: Variable): number {
  return countOf(shapeOf(variable)) * dtypes[variable.dtype].bytes
}
