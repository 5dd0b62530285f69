/** Where a constant comes from: fitted on measured tables, read elsewhere, or a stated guess. */
export type Provenance = "fitted" | "published" | "assumed"

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
  /** Fraction of the processors that hidden communication takes from computation. */
  readonly processorUse: number
  /**
   * Standard deviation of the speed of equal devices, as a fraction. The slowest of n is about
   * σ·√(2 ln n) behind the mean, and in a synchronous step all wait for it.
   */
  readonly speedSpread: number
  /** Fraction of the matrix peak that on-chip attention reaches. */
  readonly flashFraction: number
  /** Fraction of the matrix peak reached by large products, where nothing is measured. */
  readonly matrixFraction: number
}

/**
 * Measured rate of large matrix products as a fraction of the dense peak, by machine and format:
 * the sustained rate, at the clock that power allows on real data, where it was measured, else the
 * highest rate found: S. Bekman, Machine Learning Engineering, maximum achievable and sustainable
 * matmul FLOPS; H. He, Strangely, matrix multiplications on GPUs run faster when given predictable
 * data, 2024. A fit of the step-time tables that is free to choose finds 0.83 for the A100.
 */
export const measuredMatrixFractions: readonly {
  readonly machine: RegExp
  readonly fraction: number
  readonly float8?: number
  readonly source: string
}[] = [
  {
    machine: /^A100 PCIe/i,
    fraction: 0.79,
    source:
      "highest found 256.4 of 312 TFLOP/s (Bekman), sustained as the SXM part's is to its highest",
  },
  {
    machine: /^A100/i,
    fraction: 0.825,
    source: "257.5 of 312 TFLOP/s on normally distributed data, H. He 2024",
  },
  {
    machine: /^G?H[12]00/i,
    fraction: 0.709,
    float8: 0.625,
    source:
      "H200: sustained 701 of 989 TFLOP/s (Bekman); float8 highest 0.734, sustained as bfloat16's " +
      "is to its highest",
  },
  {
    machine: /^G?B[23]00/i,
    fraction: 0.634,
    float8: 0.62,
    source:
      "B200: sustained 1426 of 2250 TFLOP/s (Bekman); float8 highest 0.763, sustained as " +
      "bfloat16's is to its highest",
  },
  {
    machine: /^V100/i,
    fraction: 0.85,
    source:
      "95 of 125 TFLOP/s where the same programme finds 230 on an A100 (M. Li, " +
      "transformers-benchmarks), in proportion to the A100's 257.5",
  },
  { machine: /^MI250X/i, fraction: 0.767, source: "highest found, 147 of 191.5 TFLOP/s (Bekman)" },
  { machine: /^MI300X/i, fraction: 0.601, source: "highest found, 781.9 of 1300 TFLOP/s (Bekman)" },
]
