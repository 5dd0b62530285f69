/** The limits of an adapter that programs make use of. */

const used = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupsPerDimension",
] as const

export type LowerLimits = { readonly [L in (typeof used)[number]]?: number }

/** All that an adapter offers, or less where less is asked for. */
export function lowered(
  offered: GPUSupportedLimits,
  lower: LowerLimits = {},
): Record<string, number> {
  return Object.fromEntries(
    used.map((name) => [name, Math.min(offered[name], lower[name] ?? Number.POSITIVE_INFINITY)]),
  )
}
