import type { Link, Machine, PeakDtype, PeakUnit } from "../hardware/index.ts"
import { peakOf } from "../hardware/index.ts"
import type { Group } from "./collective.ts"
import type { Constants, LinkConstants } from "./constants.ts"
import { measuredMatrixFractions } from "./constants.ts"
import type { Precision } from "./layout.ts"

/** One machine in one precision with its constants applied: what the step-time model reads. */
export type Rates = {
  readonly machine: Machine
  readonly constants: Constants
  /** Datasheet peak of matrix products, FLOP/s. */
  readonly peak: number
  /** Attainable rate of large matrix products, FLOP/s. */
  readonly matrix: number
  /** Attainable rate of on-chip attention, FLOP/s; never in float8. */
  readonly flash: number
  /** Attainable memory bandwidth, bytes/s. */
  readonly memory: number
  /** Result elements at which a matrix product reaches half of the attainable rate. */
  readonly tailElements: number
  /** Seconds of launching one layer forward, 0 where a compiler launches whole programs. */
  readonly hostSeconds: number
}

/** Datasheet rate of one A100 processor, to count processors where a machine's are of other size. */
const FLOP_PER_PROCESSOR = 312e12 / 108

const TILE = 128 * 128

/** Products deeper than this are split along k by the libraries, so that no tile runs longer. */
const DEEPEST_TILE = 4096

/** The fraction of its peak that a machine's large matrix products reach. */
export function matrixFractionOf(
  machine: Machine,
  precision: Precision,
  constants: Constants,
): number {
  const measured = measuredMatrixFractions.find((entry) => entry.machine.test(machine.name))
  if (measured === undefined) return constants.matrixFraction
  return precision === "float8" ? (measured.float8 ?? measured.fraction) : measured.fraction
}

/**
 * A machine's attainable rates. `unit: "plain"` leaves the matrix units out. Throws where the
 * machine has no peak for the precision or any wider format.
 */
export function ratesOf(
  machine: Machine,
  precision: Precision,
  constants: Constants,
  unit?: PeakUnit,
): Rates {
  const dtype: PeakDtype = precision
  const found = peakOf(machine, dtype, unit)
  const peak = found.perSecond.value
  // What was measured are matrix units; vector lanes are nobody's benchmark.
  const fraction =
    found.unit === "tensor"
      ? matrixFractionOf(machine, precision, constants)
      : constants.matrixFraction
  const half = precision === "float8" ? peakOf(machine, "bfloat16", unit).perSecond.value : peak
  // A processor that is many times quicker counts as one: tiles are shared by processors.
  const processors =
    machine.kind === "gpu"
      ? (machine.threads.processors?.value ?? peak / FLOP_PER_PROCESSOR)
      : Math.min(machine.threads.processors?.value ?? 16, 16)
  return {
    machine,
    constants,
    peak,
    matrix: peak * fraction,
    flash: half * constants.flashFraction,
    memory: machine.memoryBytesPerSecond.value * constants.memoryFraction,
    tailElements: constants.tailWaves * processors * TILE,
    hostSeconds: machine.kind === "gpu" ? constants.hostSeconds : 0,
  }
}

/**
 * Seconds of `count` products of m × n over k: ideal time, stretched where the result has too few
 * tiles to fill the processors, and never quicker than its operands pass through memory.
 */
export function productSeconds(
  rates: Rates,
  [m, n, k]: readonly [m: number, n: number, k: number],
  count = 1,
  bytes = 2,
): number {
  const tail = rates.tailElements * Math.min(k, DEEPEST_TILE)
  const computed = (2 * (m * n * k * count + tail)) / rates.matrix
  const moved = ((m * k + k * n + m * n) * count * bytes) / rates.memory
  return Math.max(computed, moved)
}

/** Fraction that tori and host buses reach where nothing is measured, as switches roughly do. */
const UNMEASURED_FRACTION = 0.8

function linkConstantsOf(link: Link, constants: Constants): LinkConstants {
  if (link.topology === "switched") return constants.links.switched
  if (link.topology === "mesh") return constants.links.mesh
  const hopSeconds = link.alphaSeconds.value
  return { startSeconds: hopSeconds, hopSeconds, fractions: [[2, UNMEASURED_FRACTION]] }
}

function fractionFor(link: LinkConstants, members: number): number {
  const fits = link.fractions.find(([most]) => members <= most) ?? link.fractions.at(-1)!
  return fits[1]
}

/**
 * A group of `members` devices, each `stride` devices from the next, as a ring sees it. Within
 * the innermost link's reach it runs at that link's rate. Across nodes a ring enters and leaves a
 * node once, over the network ports of all its members there.
 */
export function groupOf(rates: Rates, members: number, stride: number): Group {
  const { machine, constants } = rates
  if (members === 1)
    return { members, startSeconds: 0, hopSeconds: 0, bytesPerSecond: Number.POSITIVE_INFINITY }
  const inner = machine.links[0]
  if (inner === undefined)
    throw new Error(`${machine.name} has no links: give it one or plan for a single device`)
  const own = linkConstantsOf(inner, constants)
  const { startSeconds } = own
  const within = inner.bytesPerSecond.value * fractionFor(own, members)
  const span = members * stride
  if (span <= inner.devices)
    return { members, startSeconds, hopSeconds: own.hopSeconds, bytesPerSecond: within }
  let reach = inner.devices
  let bytesPerSecond = within
  let hopSeconds = own.hopSeconds
  for (const link of machine.links.slice(1)) {
    const ports = Math.max(1, Math.min(members, Math.floor(reach / stride)))
    const rate = link.bytesPerSecond.value * constants.networkFraction * ports
    bytesPerSecond = Math.min(bytesPerSecond, rate)
    // Of a ring's hops only those between nodes pay the network's latency.
    const acrossShare = 1 / ports
    hopSeconds = hopSeconds * (1 - acrossShare) + link.alphaSeconds.value * acrossShare
    reach = link.devices
    if (span <= reach) break
  }
  if (span > reach)
    throw new Error(
      `${machine.name}'s links join ${reach} devices and the group spans ${span}: use fewer devices`,
    )
  return { members, startSeconds, hopSeconds, bytesPerSecond }
}

/** Two neighbours in a pipeline whose stages are `stride` devices apart. */
export function neighboursOf(rates: Rates, stride: number): Group {
  const { machine, constants } = rates
  const inner = machine.links[0]
  if (inner === undefined)
    throw new Error(`${machine.name} has no links: give it one or plan for a single device`)
  const { networkFraction } = constants
  const own = linkConstantsOf(inner, constants)
  const { startSeconds } = own
  if (2 * stride <= inner.devices) {
    const bytesPerSecond = inner.bytesPerSecond.value * fractionFor(own, 2)
    return { members: 2, startSeconds, hopSeconds: own.hopSeconds, bytesPerSecond }
  }
  const link = machine.links.find((each) => 2 * stride <= each.devices) ?? machine.links.at(-1)!
  return {
    members: 2,
    startSeconds,
    hopSeconds: link.alphaSeconds.value,
    bytesPerSecond: link.bytesPerSecond.value * networkFraction,
  }
}
