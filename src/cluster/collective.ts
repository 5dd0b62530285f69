/**
 * What exchanges between devices cost in the α–β model: a message of S bytes takes α + S/β.
 * A group is described by its own latency for each hop and its bandwidth for each member; for
 * groups across nodes `rates.ts` finds both. All times are seconds, S is the whole array's bytes.
 */
export type Group = {
  readonly members: number
  /** Seconds before the first byte moves: starting the collective on every member. */
  readonly startSeconds: number
  /** Seconds for each hop. */
  readonly hopSeconds: number
  /** Bytes that each member sends in a second while all send. */
  readonly bytesPerSecond: number
}

const share = (members: number) => (members - 1) / members

/** Ring reduce-scatter or all-gather: (n−1)α + (n−1)/n·S/β. */
export function gatherSeconds(group: Group, bytes: number): number {
  const { members, startSeconds, hopSeconds, bytesPerSecond } = group
  if (members === 1) return 0
  return startSeconds + (members - 1) * hopSeconds + (share(members) * bytes) / bytesPerSecond
}

/** Ring all-reduce, a reduce-scatter and an all-gather: 2(n−1)α + 2(n−1)/n·S/β. */
export function ringSeconds(group: Group, bytes: number): number {
  const { members, startSeconds, hopSeconds, bytesPerSecond } = group
  if (members === 1) return 0
  const moved = (2 * share(members) * bytes) / bytesPerSecond
  return startSeconds + 2 * (members - 1) * hopSeconds + moved
}

/** Double binary tree all-reduce: 2⌈log₂ n⌉α + 2S/β. */
export function treeSeconds(group: Group, bytes: number): number {
  const { members, startSeconds, hopSeconds, bytesPerSecond } = group
  if (members === 1) return 0
  return (
    startSeconds + 2 * Math.ceil(Math.log2(members)) * hopSeconds + (2 * bytes) / bytesPerSecond
  )
}

/** The quicker of ring and tree, as collective libraries choose. */
export function allReduceSeconds(group: Group, bytes: number): number {
  return Math.min(ringSeconds(group, bytes), treeSeconds(group, bytes))
}

/** Pairwise all-to-all: (n−1)α + (n−1)/n·S/β, S the bytes that one member sends in all. */
export function allToAllSeconds(group: Group, bytes: number): number {
  return gatherSeconds(group, bytes)
}

/** One message to a neighbour: α + S/β. */
export function sendSeconds(group: Group, bytes: number): number {
  return group.startSeconds + group.hopSeconds + bytes / group.bytesPerSecond
}

/**
 * Hierarchical all-reduce: reduce-scatter within (S over g members), all-reduce of S/g across,
 * all-gather within.
 */
export function hierarchicalSeconds(inner: Group, outer: Group, bytes: number): number {
  const across = allReduceSeconds(outer, bytes / inner.members)
  return 2 * gatherSeconds(inner, bytes) + across
}

/**
 * What no all-reduce can beat: max(⌈log₂ n⌉α, 2(n−1)/n·S/β) (Chan et al. 2007; Patarasuk and
 * Yuan 2009).
 */
export function allReduceFloor(group: Group, bytes: number): number {
  const { members, hopSeconds, bytesPerSecond } = group
  if (members === 1) return 0
  const latency = Math.ceil(Math.log2(members)) * hopSeconds
  return Math.max(latency, (2 * share(members) * bytes) / bytesPerSecond)
}
