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

export type Limits = { readonly [L in (typeof used)[number]]: number }

/** All that an adapter offers. */
export function limitsOf(offered: GPUSupportedLimits): Record<string, number> {
  return Object.fromEntries(used.map((name) => [name, offered[name]]))
}

/**
 * What programs keep to: a device's limits, or less where less is asked for. (A driver gives no
 * device with less than WebGPU's defaults.)
 */
export function lowered(offered: Limits, lower: Partial<Limits> = {}): Limits {
  const least = (name: keyof Limits): number =>
    Math.min(offered[name], lower[name] ?? Number.POSITIVE_INFINITY)
  return {
    maxBufferSize: least("maxBufferSize"),
    maxStorageBufferBindingSize: least("maxStorageBufferBindingSize"),
    maxStorageBuffersPerShaderStage: least("maxStorageBuffersPerShaderStage"),
    maxComputeWorkgroupStorageSize: least("maxComputeWorkgroupStorageSize"),
    maxComputeInvocationsPerWorkgroup: least("maxComputeInvocationsPerWorkgroup"),
    maxComputeWorkgroupSizeX: least("maxComputeWorkgroupSizeX"),
    maxComputeWorkgroupsPerDimension: least("maxComputeWorkgroupsPerDimension"),
  }
}
