/** What each device offers for one run of a graph. */

import type { Graph } from "../../graph/index.ts"
import { dtypes, elementsOf } from "../../size/index.ts"
import { quoteGraph } from "../quote.ts"
import type { Candidate } from "./candidate.ts"
import type { DeviceOffer } from "./choice.ts"

export interface Offer extends DeviceOffer {
  readonly candidate: Candidate
}

/** Where a run's inputs lie, and which of its results the host asks for. */
export interface Places {
  /** Whether an input is with the host, or on which candidates it lies. */
  isOfHost(input: number): boolean
  isOn(input: number, candidate: Candidate): boolean
  /** How often, from 0 to 1, the host asks for a result. */
  readShare(output: number): number
}

/** Everything comes from the host and goes back to it. */
export const fromHost: Places = { isOfHost: () => true, isOn: () => false, readShare: () => 1 }

/** Everything is brought once, and stays. */
export const moved: Places = { isOfHost: () => false, isOn: () => false, readShare: () => 0 }

/** Seconds of moving an array between the host and a device. */
function move({ transfer }: Candidate, bytes: number): number {
  return transfer.start + bytes * transfer.perByte
}

/** What candidates offer; nothing from those that do not compute in a dtype of the graph. */
export function offersFor(
  candidates: readonly Candidate[],
  graph: Graph,
  places: Places = fromHost,
  quoted: (candidate: Candidate) => number = (candidate) => secondsOn(candidate, graph),
): readonly Offer[] {
  const bytesOf = ({ shape, dtype }: Graph["outputs"][number]): number =>
    Number(elementsOf(shape)) * dtypes[dtype].bytes
  return candidates.map((candidate) => {
    let transfer = 0
    let once = candidate.compileSeconds
    for (const [i, input] of graph.inputs.entries()) {
      const seconds = move(candidate, bytesOf(input))
      if (places.isOfHost(i)) transfer += seconds
      else if (!places.isOn(i, candidate)) {
        const home = candidates.find((other) => places.isOn(i, other))
        once += seconds + (home === undefined ? 0 : move(home, bytesOf(input)))
      }
    }
    for (const [i, output] of graph.outputs.entries()) {
      transfer += places.readShare(i) * move(candidate, bytesOf(output))
    }
    const seconds = quoted(candidate)
    const { device, calibration } = candidate
    return { candidate, device: device.name, seconds, transfer, once, rough: calibration.rough }
  })
}

/** The quoted seconds of a run. */
export function secondsOn({ calibration }: Candidate, graph: Graph): number {
  return quoteGraph(graph, calibration).seconds
}
