/** A graph that runs now here, now there: where it is expected to be done first. */

import type { Graph } from "../../graph/index.ts"
import { type CompileOptions, type DeviceArray, DeviceError, type Executable } from "../device.ts"
import { freeDonated, ownInputs } from "../ownership.ts"
import { AutoArray } from "./array.ts"
import type { Candidate } from "./candidate.ts"
import { ranked, Savings } from "./choice.ts"
import type { AutoDevice } from "./device.ts"
import { type Offer, offersFor, secondsOn } from "./offers.ts"

function isThere(array: DeviceArray | Promise<DeviceArray>): array is DeviceArray {
  return !(array instanceof Promise)
}

/** A program on one of the devices. */
interface Made {
  readonly executable: Executable
  isReady: boolean
  readonly ready: Promise<void>
}

export class AutoExecutable implements Executable {
  readonly graph: Graph
  readonly #device: AutoDevice
  readonly #options: CompileOptions
  readonly #seconds = new Map<Candidate, number>()
  readonly #made = new Map<Candidate, Made>()
  /** Candidates that turned out unable to run it. */
  readonly #unable = new Set<Candidate>()
  /** What the first of them said. */
  #refusal: unknown
  readonly #savings = new Savings()
  #last: Candidate | undefined
  #runs = 0
  readonly #reads: number[]

  constructor(device: AutoDevice, graph: Graph, options: CompileOptions) {
    this.graph = graph
    this.#device = device
    this.#options = options
    this.#reads = graph.outputs.map(() => 0)
    // What no device can run is refused here, as on others.
    for (;;) {
      const [best] = this.#ranked([])
      if (best === undefined) throw this.#refusal
      try {
        this.#make(best.candidate)
        break
      } catch (failure) {
        if (!(failure instanceof DeviceError)) throw failure
        this.#forgo(best.candidate, failure)
      }
    }
  }

  get bytes(): number {
    const made = this.#last && this.#made.get(this.#last)
    return (made ?? [...this.#made.values()][0]).executable.bytes
  }

  run(inputs: readonly DeviceArray[]): readonly DeviceArray[] {
    const device = this.#device
    const given = ownInputs(inputs, device, AutoArray)
    const results = this.graph.outputs.map(({ shape, dtype }, i) => {
      const onRead = (): void => {
        this.#reads[i]++
      }
      return new AutoArray(device, shape.map(Number), dtype, onRead)
    })
    let thrown: unknown
    const isNow = !device.isBehind
    device.inOrder(() => {
      const fail = (failure: unknown): void => {
        for (const result of results) result.fail(failure)
      }
      try {
        return this.#start(given, results)?.catch(fail)
      } catch (failure) {
        if (isNow) thrown = failure
        fail(failure)
        return undefined
      }
    })
    if (thrown !== undefined) throw thrown
    freeDonated(given, this.#options.donated ?? [])
    return results
  }

  async ready(): Promise<void> {
    for (const { ready } of this.#made.values()) await ready
  }

  dispose(): void {
    this.#device.inOrder(() => {
      for (const { executable } of this.#made.values()) executable.dispose()
      this.#made.clear()
    })
  }

  /** Runs on the device that is done first; others are tried where it cannot. */
  #start(given: readonly AutoArray[], results: readonly AutoArray[]): Promise<void> | undefined {
    const offers = this.#ranked(given)
    const best = this.#readyFor(offers)
    try {
      const { executable, isReady, ready } = this.#make(best.candidate)
      const arrays = given.map((input) => input.on(best.candidate.device))
      const go = (there: readonly DeviceArray[]): void => {
        const made = executable.run(there)
        for (const [i, result] of results.entries()) result.fill(made[i])
        this.#note(best, offers)
      }
      const there = arrays.filter(isThere)
      if (isReady && there.length === arrays.length) {
        go(there)
        return undefined
      }
      return Promise.all([ready, ...arrays.map((array) => Promise.resolve(array))])
        .then(([, ...there]) => go(there))
        .catch((failure) => this.#elsewhere(best.candidate, failure, given, results))
    } catch (failure) {
      return this.#elsewhere(best.candidate, failure, given, results)
    }
  }

  /** The best offer; while its code is being made, one that is done before that, if there is any. */
  #readyFor(offers: readonly Offer[]): Offer {
    const [best] = offers
    if (best === undefined) throw this.#refusal
    const each = ({ seconds, transfer }: Offer): number => seconds + transfer
    try {
      if (this.#make(best.candidate).isReady) return best
    } catch {
      // The run itself meets the failure again, and knows what to do.
      return best
    }
    const patience = best.candidate.compileSeconds + each(best)
    const isReady = ({ candidate }: Offer): boolean => this.#made.get(candidate)?.isReady === true
    return offers.find((offer) => isReady(offer) && each(offer) < patience) ?? best
  }

  #elsewhere(
    candidate: Candidate,
    failure: unknown,
    given: readonly AutoArray[],
    results: readonly AutoArray[],
  ): Promise<void> | undefined {
    if (!(failure instanceof DeviceError)) throw failure
    this.#forgo(candidate, failure)
    return this.#start(given, results)
  }

  #forgo(candidate: Candidate, failure: unknown): void {
    this.#refusal ??= failure
    this.#unable.add(candidate)
  }

  #note(used: Offer, offers: readonly Offer[]): void {
    this.#savings.note(used, offers, this.#last !== used.candidate)
    this.#last = used.candidate
    this.#runs++
  }

  /** What the candidates offer for a run on some arrays, the best first. */
  #ranked(given: readonly AutoArray[]): readonly Offer[] {
    const able = this.#device.candidates.filter((candidate) => !this.#unable.has(candidate))
    const places = {
      isOfHost: (input: number) => given[input]?.isOfHost ?? true,
      isOn: (input: number, { device }: Candidate) => given[input]?.isOn(device) ?? false,
      readShare: (output: number) => (1 + this.#reads[output]) / (1 + this.#runs),
    }
    const offers = offersFor(able, this.graph, places, (candidate) => this.#secondsOn(candidate))
    return ranked(
      offers.map((offer) => {
        const { candidate } = offer
        const isMade = this.#made.get(candidate)?.isReady === true
        const once = isMade ? offer.once - candidate.compileSeconds : offer.once
        return this.#savings.after({ ...offer, once })
      }),
    )
  }

  #secondsOn(candidate: Candidate): number {
    let seconds = this.#seconds.get(candidate)
    if (seconds === undefined) {
      seconds = secondsOn(candidate, this.graph)
      this.#seconds.set(candidate, seconds)
    }
    return seconds
  }

  #make(candidate: Candidate): Made {
    const known = this.#made.get(candidate)
    if (known !== undefined) return known
    const executable = candidate.device.compile(this.graph, this.#options)
    const ready = executable.ready?.()
    const made: Made = {
      executable,
      isReady: ready === undefined,
      ready: Promise.resolve(ready).then(() => {
        made.isReady = true
      }),
    }
    this.#made.set(candidate, made)
    return made
  }
}
