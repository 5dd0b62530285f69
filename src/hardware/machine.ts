/**
 * What a machine is: one device (a GPU, a TPU chip, a processor, a phone) with the links that
 * join it to others and its share of the box and of the floor it stands on.
 *
 * Every figure says where it was read and how far to trust it. Units are in the field's name.
 */

/**
 * How far to trust a figure: `verified` was read in the named source or computed from such,
 * `secondary` was read in a text about the source, `memory` nobody has looked up.
 */
export type Trust = "verified" | "secondary" | "memory"

/** A number with its provenance. The unit is in the name of the field that holds it. */
export type Figure = {
  readonly value: number
  readonly source: string
  readonly trust: Trust
}

export const machineKinds = ["gpu", "tpu", "accelerator", "server", "laptop", "phone"] as const
export type MachineKind = (typeof machineKinds)[number]

/** The number formats that peaks are quoted for. */
export const peakDtypes = [
  "float64",
  "float32",
  "tf32",
  "bfloat16",
  "float16",
  "float8",
  "float4",
  "int8",
] as const
export type PeakDtype = (typeof peakDtypes)[number]

/**
 * Where operations run: `plain` are the scalar and vector lanes, `tensor` the matrix units
 * (tensor cores, matrix cores, systolic arrays, AMX).
 */
export const peakUnits = ["plain", "tensor"] as const
export type PeakUnit = (typeof peakUnits)[number]

/**
 * Operations per second, dense (never the doubled figure for 2:4 sparsity), a fused
 * multiply-add counted as two.
 */
export type Peaks = {
  readonly [U in PeakUnit]: { readonly [D in PeakDtype]?: Figure }
}

export const linkTopologies = ["switched", "mesh", "torus2", "torus3", "host"] as const

/**
 * How devices of one tier are joined: `switched` any to any at full rate, `mesh` a direct wire
 * per pair, `torus2` and `torus3` neighbours only, `host` through a host's bus and memory.
 */
export type LinkTopology = (typeof linkTopologies)[number]

/** One tier of the network, for example the NVLink domain, or the InfiniBand fabric around it. */
export type Link = {
  readonly kind: string
  readonly topology: LinkTopology
  /** Most devices that one instance of this tier joins, counted over all tiers within it. */
  readonly devices: number
  /** Per device and direction, over all of its links of this tier together, as specified. */
  readonly bytesPerSecond: Figure
  /** Seconds that one hop of a collective takes besides its bytes (the α of α–β). */
  readonly alphaSeconds: Figure
}

/** Which physical space a device is charged: the board alone, its share of chassis, of floor. */
export const spaces = ["board", "chassis", "floor"] as const
export type Space = (typeof spaces)[number]

export type Machine = {
  readonly name: string
  readonly aliases: readonly string[]
  readonly kind: MachineKind
  /** First year on sale or in service. */
  readonly year?: number
  readonly peakPerSecond: Peaks
  readonly memoryBytes: Figure
  readonly memoryBytesPerSecond: Figure
  /** Innermost first; each tier joins at least as many devices as the one before. */
  readonly links: readonly Link[]
  /** Devices in one chassis. */
  readonly devicesPerNode: number
  readonly threads: {
    /** Streaming multiprocessors, compute units, cores. */
    readonly processors?: Figure
    /** Most threads that hold registers at once. */
    readonly resident?: Figure
    /** Scalar float32 multiply-add lanes. */
    readonly lanes?: Figure
  }
  readonly watts: {
    readonly board: Figure
    /** The device's share of the whole chassis: host, fans and links included. */
    readonly chassis?: Figure
  }
  readonly dollars: {
    /** To buy one device. */
    readonly sale?: Figure
    /** To rent one device for an hour. */
    readonly hour?: Figure
  }
  readonly cubicMetres: { readonly [S in Space]?: Figure }
}

/** A figure that was read in the source, or computed from figures read there. */
export function verified(value: number, source: string): Figure {
  return { value, source, trust: "verified" }
}

/** A figure that was read in a text about the source. */
export function secondary(value: number, source: string): Figure {
  return { value, source, trust: "secondary" }
}

/** A figure that nobody has looked up: good enough to start from, never a test's oracle. */
export function memory(value: number, source = "not looked up"): Figure {
  return { value, source, trust: "memory" }
}
