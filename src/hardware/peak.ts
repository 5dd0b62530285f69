import type { Figure, Machine, PeakDtype, PeakUnit } from "./machine.ts"

/** A peak together with the unit and the dtype it belongs to. */
export type Peak = {
  readonly unit: PeakUnit
  readonly dtype: PeakDtype
  readonly perSecond: Figure
}

/**
 * The formats a computation may run in when the machine has no unit for the one asked, nearest
 * first. All are at least as wide, or as wide and of another split of exponent and fraction.
 */
const runsAs: { readonly [D in PeakDtype]: readonly PeakDtype[] } = {
  float64: ["float64"],
  float32: ["float32", "float64"],
  tf32: ["tf32", "float32", "float64"],
  bfloat16: ["bfloat16", "float16", "tf32", "float32", "float64"],
  float16: ["float16", "bfloat16", "tf32", "float32", "float64"],
  float8: ["float8", "bfloat16", "float16", "tf32", "float32", "float64"],
  float4: ["float4", "float8", "bfloat16", "float16", "tf32", "float32", "float64"],
  int8: ["int8", "float16", "bfloat16", "tf32", "float32", "float64"],
}

/**
 * The machine's highest dense peak for a computation in `dtype`, in operations per second.
 *
 * With `unit: "plain"` only the vector lanes count (the essay's 28 TFLOP/s of a V100). Without a
 * unit for `dtype` the nearest format that it can run in is taken, and the answer says which:
 * a GTX 580 asked for bfloat16 answers with its float32 lanes. Throws when none is known.
 */
export function peakOf(machine: Machine, dtype: PeakDtype, unit?: PeakUnit): Peak {
  const units: readonly PeakUnit[] = unit === undefined ? ["tensor", "plain"] : [unit]
  for (const ranAs of runsAs[dtype]) {
    const peaks = units.flatMap((u) => {
      const perSecond = machine.peakPerSecond[u][ranAs]
      return perSecond === undefined ? [] : [{ unit: u, dtype: ranAs, perSecond }]
    })
    if (peaks.length > 0) {
      return peaks.reduce((a, b) => (b.perSecond.value > a.perSecond.value ? b : a))
    }
  }
  throw new Error(
    `${machine.name} has no ${unit ?? "known"} peak for ${dtype} or a wider format; ` +
      `it has ${peakNames(machine)}`,
  )
}

function peakNames(machine: Machine): string {
  const names = (["plain", "tensor"] as const).flatMap((unit) =>
    Object.keys(machine.peakPerSecond[unit]).map((dtype) => `${unit} ${dtype}`),
  )
  return names.length === 0 ? "no peaks at all" : names.join(", ")
}
