/**
 * Checkpoints: everything that a descent needs to go on to the same bits, in one file of safetensors
 * that is written beside its place and renamed into it.
 */

import { np } from "../../array/index.ts"
import { arraysOf, mapArrays } from "../../nn/index.ts"
import { decodeSafetensorsWith, encodeSafetensors, type Tensor } from "../safetensors.ts"
import type { OrderPlace } from "./examples.ts"
import type { DescentState } from "./programs.ts"
import type { Weights } from "./weights.ts"

export const checkpointFile = "checkpoint.safetensors"
/** Where a checkpoint is written before it takes its place: a killed fit may leave it behind. */
export const checkpointBeside = `${checkpointFile}.new`
/** Grows when older readers could not read what is written. */
const version = "2"

/** One look at held-out examples. */
export interface HistoryPoint {
  readonly step: number
  readonly seconds: number
  /** Mean loss of the steps since the look before. */
  readonly loss: number
  readonly rate: number
  /** The metric on held-out examples. */
  readonly score: number
  /** Mean loss on held-out examples, where the score is not that already. */
  readonly validationLoss: number
}

/** Numbers of a descent between two steps. */
export interface Progress {
  readonly done: number
  /** Steps that it will have. */
  readonly steps: number
  /** Share of the schedule that is done. */
  readonly place: number
  /** Share of the schedule in one step. */
  readonly pace: number
  readonly order: OrderPlace
  /** What the rate is multiplied by: halved when the loss is no number any more. */
  readonly caution: number
  /** Sum of losses and number of steps since the last look. */
  readonly sinceCheck: readonly [number, number]
  readonly checksWithoutBetter: number
  readonly coolingDown: boolean
  readonly bestStep: number
  readonly bestScore: number
  readonly history: readonly HistoryPoint[]
  readonly events: readonly string[]
  /** Seconds of all runs so far. */
  readonly seconds: number
}

/** A descent's state on the host, as the list of its arrays in the order of {@link arraysOf}. */
export type HostState = readonly Tensor[]

export interface Checkpoint {
  /** What was being fitted and how: must be the same for a run that goes on. */
  readonly plan: string
  readonly progress: Progress
  readonly state: HostState
  /** Where a descent that diverges goes back to. */
  readonly good: { readonly progress: Progress; readonly state: HostState }
  readonly best: Weights
}

/** Copies a state from the device; reading starts at once, in order with other work. */
export function copyState(state: DescentState): Promise<HostState> {
  return Promise.all(
    arraysOf(state).map(async (array) => ({
      dtype: array.dtype,
      shape: array.shape.map(Number),
      data: await array.data(),
    })),
  )
}

/**
 * Puts a state on the device.
 * @param form a state of the same form
 * @throws RangeError when the arrays are others than the form's.
 */
export function putState(form: DescentState, state: HostState): DescentState {
  const shapes = arraysOf(form).map(({ shape }) => shape.join())
  if (shapes.join(";") !== state.map(({ shape }) => shape.join()).join(";")) {
    throw new RangeError("the checkpoint's arrays are not those of the network")
  }
  let at = 0
  return mapArrays(() => {
    const { data, shape } = state[at++]
    using flat = np.array(data)
    return flat.reshape([...shape])
  }, form)
}

/** The file of a checkpoint. */
export function encodeCheckpoint({ plan, progress, state, good, best }: Checkpoint): Uint8Array {
  const tensors = new Map<string, Tensor>()
  for (const [i, tensor] of state.entries()) tensors.set(`state/${i}`, tensor)
  for (const [i, tensor] of good.state.entries()) tensors.set(`good/${i}`, tensor)
  for (const [name, tensor] of best) tensors.set(`best/${name}`, tensor)
  return encodeSafetensors(tensors, {
    format: "tradespace checkpoint",
    version,
    plan,
    progress: JSON.stringify(progress),
    good: JSON.stringify(good.progress),
  })
}

/** @throws SyntaxError when the file is no checkpoint, is cut short or is of another version. */
export function decodeCheckpoint(file: Uint8Array, name: string): Checkpoint {
  const { tensors, metadata } = decodeSafetensorsWith(file, name)
  if (metadata.format !== "tradespace checkpoint") {
    throw new SyntaxError(`${name} is no checkpoint of a fit`)
  }
  if (metadata.version !== version) {
    throw new SyntaxError(
      `${name} is a checkpoint of version ${metadata.version}, where version ${version} is read`,
    )
  }
  const under = (prefix: string): [string, Tensor][] =>
    [...tensors]
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, tensor]) => [key.slice(prefix.length), tensor])
  const list = (prefix: string): Tensor[] => under(prefix).map(([, tensor]) => tensor)
  const progress: Progress = JSON.parse(metadata.progress)
  const goodProgress: Progress = JSON.parse(metadata.good)
  return {
    plan: metadata.plan,
    progress,
    state: list("state/"),
    good: { progress: goodProgress, state: list("good/") },
    best: new Map(under("best/")),
  }
}
