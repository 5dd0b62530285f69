import type { Machine } from "../hardware/index.ts"
import type { Layout } from "./layout.ts"
import { layoutOf } from "./layout.ts"
import { HOST_BYTES, memoryUse } from "./memory.ts"
import type { Network } from "./network.ts"
import { layersOf } from "./network.ts"
import { usableBytes } from "./search.ts"

/** Bytes of the smallest share of a run that any layout on so many devices can reach. */
export function leastBytes(network: Network, devices: number): { bytes: number; layout: Layout } {
  const tensor = network.kind === "transformer" ? network.heads : 1
  const layers = layersOf(network)
  let least: { bytes: number; layout: Layout } | undefined
  const consider = (layout: Layout) => {
    const use = memoryUse(network, layout)
    if (use.offloaded > HOST_BYTES) return
    if (least === undefined || use.total < least.bytes) least = { bytes: use.total, layout }
  }
  for (let degree = 1; degree <= Math.min(tensor, devices); degree++) {
    if (tensor % degree !== 0) continue
    const sharing = Math.floor(devices / degree)
    for (const pipeline of new Set([1, Math.min(layers, sharing)])) {
      const data = Math.max(1, Math.floor(sharing / pipeline))
      const layout = layoutOf({
        globalBatch: data,
        data,
        tensor: degree,
        pipeline,
        sequenceParallel: degree > 1,
        zero: data === 1 ? 0 : 3,
        recompute: network.kind === "described" ? "none" : "full",
        gradientBytes: 2,
        offload: "none",
      })
      consider(layout)
      consider({ ...layout, offload: "optimizer" })
      consider({ ...layout, offload: "optimizer and activations" })
    }
  }
  return least!
}

/** The fewest devices, by doubling and halving, on which the run's states fit. */
export function fewestDevices(network: Network, machine: Machine, most = 2 ** 24) {
  const capacity = usableBytes(machine)
  const fits = (devices: number) => leastBytes(network, devices).bytes <= capacity
  let high = 1
  while (high <= most && !fits(high)) high *= 2
  if (high > most) return undefined
  let low = Math.floor(high / 2)
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (fits(middle)) high = middle
    else low = middle
  }
  return high
}
