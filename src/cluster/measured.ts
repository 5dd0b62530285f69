import type { Machine } from "../hardware/index.ts"
import type { Layout } from "./layout.ts"
import { layoutOf } from "./layout.ts"
import type { Transformer } from "./network.ts"
import { withSequence } from "./network.ts"
import { preset } from "./presets.ts"

/** A training step somebody timed. */
export type MeasuredStep = {
  readonly network: Transformer
  readonly layout: Layout
  readonly seconds: number
  /** Runs that share a network are left out together. */
  readonly networkName: string
  /** Runs that share a layer's work on one device are resampled together. */
  readonly profile: string
}

/** A collective somebody timed. */
export type MeasuredCollective = {
  readonly device: string
  readonly members: number
  readonly bytes: number
  readonly seconds: number
}

type Row = Readonly<Record<string, string>>

/** Rows of a table of comma-separated values with a heading; no quoting, as these tables have none. */
export function rowsOf(text: string): Row[] {
  const [heading, ...lines] = text.trim().split(/\r?\n/)
  const names = (heading ?? "").split(",")
  return lines.map((line) => {
    const cells = line.split(",")
    return Object.fromEntries(names.map((name, i) => [name, cells[i] ?? ""]))
  })
}

function number(row: Row, name: string): number {
  const value = Number(row[name])
  if (row[name] === undefined || row[name] === "" || Number.isNaN(value))
    throw new Error(`column ${name} holds "${row[name] ?? ""}": it must be a number in every row`)
  return value
}

/** The decoder that all published timings here ran: biases, dropout, tied tables, 51,200 tokens. */
export function measuredNetwork(
  layers: number,
  hidden: number,
  heads: number,
  sequence: number,
): Transformer {
  const base = preset("gpt3-175b")
  if (base.kind !== "transformer") throw new Error("gpt3-175b must be a transformer")
  return {
    ...withSequence(base, sequence),
    name: `${layers} × ${hidden}`,
    layers,
    hidden,
    heads,
    keyValueHeads: heads,
    headWidth: hidden / heads,
    feedForward: 4 * hidden,
    input: { kind: "tokens", vocabulary: 51200, tied: true, positions: sequence },
  }
}

/** Megatron's kernels of 2021: attention maps in memory, little fused, nothing overlapped. */
const kernels2021 = {
  attention: "materialised",
  precision: "float16",
  gradientBytes: 2,
  fused: false,
  overlap: { data: false, tensor: false },
} as const

/** A table of step times; `recompute` says what its runs computed again. */
export function measuredSteps(text: string, recompute: "none" | "full"): MeasuredStep[] {
  return rowsOf(text).map((row) => {
    const published = row.tflops_per_gpu !== undefined
    const sequence = row.sequence === undefined ? 2048 : number(row, "sequence")
    const layers = number(row, "layers")
    const hidden = number(row, "hidden")
    const network = measuredNetwork(layers, hidden, number(row, "heads"), sequence)
    const layout = layoutOf({
      ...kernels2021,
      recompute,
      globalBatch: number(row, "global_batch"),
      microBatch: number(row, "micro_batch"),
      tensor: number(row, "tensor_parallel"),
      data: number(row, "data_parallel"),
      pipeline: number(row, "pipeline_parallel"),
      virtualStages: row.virtual_stages === undefined ? 1 : number(row, "virtual_stages"),
    })
    let seconds: number
    if (published) {
      // The paper gives FLOP/s for a device, by its own count with recomputation.
      const tokens = layout.globalBatch * sequence
      const terms = 1 + sequence / (6 * hidden) + 51200 / (16 * layers * hidden)
      const flop = 96 * tokens * layers * hidden ** 2 * terms
      seconds = flop / (number(row, "gpus") * number(row, "tflops_per_gpu") * 1e12)
    } else seconds = number(row, "step_ms") / 1e3
    const profile = `${hidden}/${layout.tensor}/${layout.microBatch}`
    return { network, layout, seconds, networkName: network.name, profile }
  })
}

/** The table of all-reduce times. */
export function measuredCollectives(text: string): MeasuredCollective[] {
  return rowsOf(text).map((row) => ({
    device: row.device ?? "",
    members: number(row, "gpus"),
    bytes: number(row, "bytes"),
    seconds: number(row, "microseconds") / 1e6,
  }))
}

/** Whether a machine of the catalogue is the one that a table's device column names. */
export function isDevice(machine: Machine, device: string): boolean {
  return machine.name.toLowerCase().startsWith(device.toLowerCase())
}
