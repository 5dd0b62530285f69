import type { Figure, Link, LinkTopology, Machine } from "../machine.ts"
import { memory, secondary, verified } from "../machine.ts"
import * as sources from "./sources.ts"

/** What several machines of the catalogue share: links, boxes, and how figures derive. */

type Mark = (value: number, source: string) => Figure

export const TERA = 1e12
export const GIGA = 1e9
export const GIBI = 2 ** 30

/**
 * Memory of `count` GiB: what makers of accelerators call GB is counted in powers of two (80 GB
 * of HBM are five stacks of 16 GiB).
 */
export function gibibytes(count: number, source: string, mark: Mark = verified): Figure {
  return mark(count * GIBI, source)
}

/** `count` processors of `each` resident threads and `lanes` scalar lanes. */
export function processors(
  count: Figure,
  each: number,
  lanes: number,
  limits = sources.cudaLimits,
): Machine["threads"] {
  const product = (factor: number, of: string): Figure => ({
    value: count.value * factor,
    source: `${count.value} × ${factor} ${of} (${count.source}; ${limits})`,
    trust: count.trust,
  })
  return {
    processors: count,
    resident: product(each, "resident threads"),
    lanes: product(lanes, "lanes"),
  }
}

const hop = {
  nvlink: verified(3.4e-6, sources.ncclTuning),
  pcie: verified(5.7e-6, sources.ncclTuning),
  network: verified(14e-6, sources.ncclTuning),
}

/** NVLink within one node; `gigabytes` per device and direction. */
export function nvlink(
  generation: number,
  gigabytes: Figure,
  devices = 8,
  topology: LinkTopology = "switched",
): Link {
  return {
    kind: `NVLink ${generation}`,
    topology,
    devices,
    bytesPerSecond: { ...gigabytes, value: gigabytes.value * GIGA },
    alphaSeconds: hop.nvlink,
  }
}

/** A PCI Express slot of sixteen lanes: GB/s per direction as usually rounded. */
export function pcie(generation: 2 | 3 | 4 | 5, devices: number): Link {
  return {
    kind: `PCIe ${generation} ×16`,
    topology: "host",
    devices,
    bytesPerSecond: verified(
      2 ** (generation + 1) * GIGA,
      `16 lanes × ${pcieGigatransfers[generation]} GT/s, rounded as is usual`,
    ),
    alphaSeconds: hop.pcie,
  }
}

const pcieGigatransfers = { 2: 5, 3: 8, 4: 16, 5: 32 }

/** Most devices that a fabric of network switches is taken to join. */
export const FABRIC_DEVICES = 1e9

/** The network between nodes: `gigabits` per second, device and direction. */
export function fabric(kind: string, gigabits: number, note: string, mark: Mark = memory): Link {
  return {
    kind,
    topology: "switched",
    devices: FABRIC_DEVICES,
    bytesPerSecond: mark((gigabits / 8) * GIGA, `${gigabits} Gb/s per device: ${note}`),
    alphaSeconds: hop.network,
  }
}

/** Google's inter-chip interconnect; `gigabytes` per chip and direction over all links. */
export function interChip(topology: "torus2" | "torus3", gigabytes: Figure, devices: number): Link {
  return {
    kind: "ICI",
    topology,
    devices,
    bytesPerSecond: { ...gigabytes, value: gigabytes.value * GIGA },
    alphaSeconds: secondary(1e-6, `about 1 µs per hop, ${sources.scalingBook}`),
  }
}

/** A box in metres: its volume in m³, shared by `devices`. */
export function box(
  metres: readonly [number, number, number],
  devices: number,
  source: string,
  mark: Mark = memory,
): Figure {
  const [width, depth, height] = metres
  const size = metres.map((metre) => Math.round(metre * 1000)).join(" × ")
  const share = devices === 1 ? "" : `, shared by ${devices}`
  return mark((width * depth * height) / devices, `${size} mm${share}: ${source}`)
}

/** Rack pitch and aisles: the floor's share is a few times the chassis'. */
const FLOOR_PER_CHASSIS = 4

/** The floor that a chassis share stands on, rack pitch and aisle included, about four times it. */
export function floorAround(chassis: Figure): Figure {
  return memory(
    chassis.value * FLOOR_PER_CHASSIS,
    `${FLOOR_PER_CHASSIS} × the chassis' share, for rack pitch and aisles (seen: 3 to 5)`,
  )
}

/** Board, chassis and floor of a device, the floor derived from the chassis. */
export function spaceFor(board: Figure, chassis: Figure): Machine["cubicMetres"] {
  return { board, chassis, floor: floorAround(chassis) }
}

/** A full-height, double-width PCI Express card without a fan. */
export const doubleWidthCard = box(
  [0.267, 0.111, 0.038],
  1,
  `10.5 inch double-width card; length from ${sources.gpuDatabase}`,
  secondary,
)

/** A mezzanine module (SXM) with its cold plate. */
export const sxmModule = box([0.141, 0.078, 0.03], 1, "SXM module with a 30 mm cold plate")

/** An OCP accelerator module, 102 × 165 mm. */
export const oamModule = box(
  [0.102, 0.165, 0.022],
  1,
  `OAM; outline from ${sources.gpuDatabase}`,
  secondary,
)

/** A four-unit server with eight double-width cards. */
export const fourUnitServer = box([0.4826, 0.9, 0.1778], 8, "4U server with eight cards")

/** A desktop computer's tower with one card. */
export const desktopTower = box([0.22, 0.5, 0.48], 1, "mid-tower desktop")

/** A device's share of the power that its whole chassis draws. */
export function chassisShare(
  chassisWatts: number,
  devices: number,
  source: string,
  mark: Mark = memory,
): Figure {
  return mark(chassisWatts / devices, `${chassisWatts} W for ${devices}: ${source}`)
}
