/** Where a constant comes from: fitted on measured tables, read elsewhere, or counted. */
export type Provenance = "fitted" | "published" | "counted"

/** A constant as it was found: its value, the band that nine of ten resamples fall in, its origin. */
export type Constant = {
  readonly value: number
  readonly low: number
  readonly high: number
  readonly provenance: Provenance
  readonly source: string
}

/** What collectives inside one scale-up domain cost beyond the link's datasheet. */
export type LinkConstants = {
  /** Seconds to start a collective, before any hop. */
  readonly startSeconds: number
  readonly hopSeconds: number
  /** Fraction of the datasheet bandwidth, by the most members it holds for; the last for all. */
  readonly fractions: readonly (readonly [members: number, fraction: number])[]
}

/**
 * Everything that the datasheet does not say and a step's time depends on. Each has a physical
 * meaning, and none is particular to one network, layout or table.
 */
export type Constants = {
  /**
   * Waves of tiles that a matrix product pays beyond those it fills: starting, the last wave's
   * idle processors, and the pipeline's ramp. A product of m × n takes (1 + q·P·128²/mn) times
   * its ideal time on P processors.
   */
  readonly tailWaves: number
  /** Fraction of the datasheet's memory bandwidth that streaming kernels reach. */
  readonly memoryFraction: number
  /** Seconds the host takes to launch one layer's forward kernels; the backward's take twice. */
  readonly hostSeconds: number
  /** Seconds of a step outside all layers: loading data, checking for overflow, logging. */
  readonly stepSeconds: number
  /** Collectives where every device reaches every other through a switch, or by direct wires. */
  readonly links: { readonly switched: LinkConstants; readonly mesh: LinkConstants }
  /** Fraction of the network's datasheet bandwidth that collectives reach. */
  readonly networkFraction: number
  /** Fraction of the matrix peak that on-chip attention reaches. */
  readonly flashFraction: number
  /** Fraction of the matrix peak reached by large products, where nothing is measured. */
  readonly matrixFraction: number
}

/**
 * Largest measured matrix products as a fraction of the dense peak, by machine and format.
 * Published table of maximum achievable matmul FLOPS, Bekman, Machine Learning Engineering
 * (version of 2025). The fit of the step-time tables, made without it, finds 0.86 for the A100.
 */
export const measuredMatrixFractions: readonly {
  readonly machine: RegExp
  readonly fraction: number
  readonly float8?: number
}[] = [
  { machine: /^A100 PCIe/i, fraction: 0.822 },
  { machine: /^A100/i, fraction: 0.859 },
  { machine: /^GH200/i, fraction: 0.83 },
  { machine: /^H[12]00/i, fraction: 0.803, float8: 0.734 },
  { machine: /^G?B[23]00/i, fraction: 0.776, float8: 0.763 },
  { machine: /^MI250X/i, fraction: 0.767 },
  { machine: /^MI300X/i, fraction: 0.601 },
]

export const MATRIX_FRACTION_SOURCE =
  "S. Bekman, Machine Learning Engineering, table of maximum achievable matmul FLOPS, 2025"
