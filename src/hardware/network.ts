import type { Figure, Link, Machine, Space } from "./machine.ts"

/** One tier of a cluster of n devices: how they group under one instance of a link. */
export type Tier = {
  readonly link: Link
  /** Members that one instance joins: devices on the innermost tier, groups of them above. */
  readonly members: number
  /** Devices under one full instance: the product of the members up to here. */
  readonly devices: number
  /** Instances of this tier in the cluster, the last one perhaps not full. */
  readonly groups: number
}

/**
 * The hierarchical network of `devices` machines, innermost tier first: 1,024 A100 are 128 NVLink
 * groups of 8, joined by one InfiniBand fabric of 128 members. Tiers that would join nothing are
 * left out, so one device has none. Throws when the outermost link does not reach that far.
 */
export function tiersOf(machine: Machine, devices: number): readonly Tier[] {
  checkCount(devices)
  const reach = machine.links.at(-1)?.devices ?? 1
  if (devices > reach) {
    throw new Error(
      `${devices} devices of ${machine.name} cannot be joined: its links reach ${reach}; ` +
        `take at most ${reach} or give it a link with a longer reach`,
    )
  }
  const tiers: Tier[] = []
  let joined = 1
  for (const link of machine.links) {
    if (joined >= devices) break
    const reached = devices <= link.devices
    const members = reached ? Math.ceil(devices / joined) : Math.floor(link.devices / joined)
    if (members < 2) continue
    joined *= members
    tiers.push({ link, members, devices: joined, groups: Math.ceil(devices / joined) })
  }
  return tiers
}

/**
 * The link that a group of `span` neighbouring devices must cross: the innermost one that reaches
 * them all. Throws when none does.
 */
export function linkAcross(machine: Machine, span: number): Link {
  const tier = tiersOf(machine, Math.max(2, span)).at(-1)
  if (tier === undefined) throw new Error(`${machine.name} has no links; give it at least one`)
  return tier.link
}

/** Chassis that `devices` machines fill, the last one perhaps partly. */
export function nodesOf(machine: Machine, devices: number): number {
  checkCount(devices)
  return Math.ceil(devices / machine.devicesPerNode)
}

/**
 * The physical space that one device is charged, in cubic metres: the board alone, its share of
 * the chassis, or its share of the floor. The choice changes the answer by more than ten times,
 * so it is never a default. Throws when the catalogue does not know it.
 */
export function spaceOf(machine: Machine, space: Space): Figure {
  const figure = machine.cubicMetres[space]
  if (figure === undefined) {
    const known = Object.keys(machine.cubicMetres).join(", ") || "none"
    throw new Error(`${machine.name} has no ${space} volume; known: ${known}`)
  }
  return figure
}

/** Watts that one device draws with its share of the chassis, or the board's where unknown. */
export function wattsOf(machine: Machine): Figure {
  return machine.watts.chassis ?? machine.watts.board
}

function checkCount(devices: number): void {
  if (!Number.isSafeInteger(devices) || devices < 1) {
    throw new Error(`${devices} devices: the number of devices must be a whole number from 1 up`)
  }
}
