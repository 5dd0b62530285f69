/** The `auto` device: each program runs where its quote says that it is done first. */

import { checkGraph, type Graph } from "../../graph/index.ts"
import type { DType, TypedArray } from "../../size/index.ts"
import type { CompileOptions, Device, DeviceArray, DeviceUse, Executable } from "../device.ts"
import { AutoArray } from "./array.ts"
import { type Candidate, type CandidateOptions, type Found, findCandidates } from "./candidate.ts"
import { type DeviceChoice, ranked } from "./choice.ts"
import { AutoExecutable } from "./executable.ts"
import { fromHost, moved, offersFor } from "./offers.ts"

let isExplained = false

/**
 * Opens the `auto` device: `cpu`, and beside it `native` where there is a compiler and `gpu` where
 * there is an adapter. That there is no compiler is said once, in one line.
 * @throws DeviceError when not even `cpu` can be had.
 */
export async function openAuto(options: CandidateOptions = {}): Promise<AutoDevice> {
  const isNode = typeof process !== "undefined" && process.versions?.node !== undefined
  const onMeasure = (name: string): void => {
    if (!isNode) return
    console.warn(`tradespace: auto measures ${name}, once for this machine, in a few seconds`)
  }
  const found = await findCandidates({ onMeasure, ...options })
  const hasNative = found.candidates.some(({ device }) => device.name === "native")
  if (isNode && !hasNative && !isExplained) {
    isExplained = true
    console.warn(`tradespace: auto does without native (${found.absent[0]})`)
  }
  return new AutoDevice(found)
}

export class AutoDevice implements Device {
  readonly name = "auto"
  /** The first is taken where nothing speaks for another. */
  readonly candidates: readonly Candidate[]
  readonly #absent: readonly string[]
  /** Resolves when everything so far was started; undefined when all was. */
  #behind: Promise<void> | undefined

  constructor({ candidates, absent }: Found) {
    this.candidates = candidates
    this.#absent = absent
  }

  get threads(): number {
    return this.candidates[0].device.threads
  }

  put(data: TypedArray, shape: readonly number[], dtype: DType): DeviceArray {
    return AutoArray.ofHost(this, data, shape, dtype)
  }

  compile(graph: Graph, options: CompileOptions = {}): Executable {
    return new AutoExecutable(this, checkGraph(graph), options)
  }

  choose(graph: Graph, { runs, stays = false }: DeviceUse = {}): DeviceChoice {
    const offers = ranked(offersFor(this.candidates, graph, stays ? moved : fromHost), runs)
    return {
      device: offers[0].device,
      offers: offers.map(({ candidate, ...offer }) => offer),
      absent: this.#absent,
    }
  }

  async settled(): Promise<void> {
    await this.#behind
    await Promise.all(this.candidates.map(({ device }) => device.settled()))
  }

  memory(): { readonly inUse: number; readonly highWater: number } {
    let [inUse, highWater] = [0, 0]
    for (const { device } of this.candidates) {
      const own = device.memory()
      inUse += own.inUse
      highWater += own.highWater
    }
    return { inUse, highWater }
  }

  async close(): Promise<void> {
    await this.#behind
    await Promise.all(this.candidates.map(({ device }) => device.close()))
  }

  /** Whether something that was asked for waits for an array on its way from device to device. */
  get isBehind(): boolean {
    return this.#behind !== undefined
  }

  /** Does something now, or after what waits; it says itself to whom its failures belong. */
  inOrder(start: () => void | Promise<void>): void {
    const rest = this.#behind === undefined ? start() : this.#behind.then(start)
    if (rest === undefined) return
    const waiting = rest.then(() => {
      if (this.#behind === waiting) this.#behind = undefined
    })
    this.#behind = waiting
  }
}
