import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import type { Group } from "../../src/cluster/collective.ts"
import {
  allReduceFloor,
  allReduceSeconds,
  gatherSeconds,
  hierarchicalSeconds,
  ringSeconds,
  treeSeconds,
} from "../../src/cluster/collective.ts"
import { fittedConstants } from "../../src/cluster/fitted.ts"
import { groupOf, neighboursOf, ratesOf } from "../../src/cluster/rates.ts"
import { findMachine } from "../../src/hardware/index.ts"

const groups = fc.record({
  members: fc.integer({ min: 1, max: 4096 }),
  startSeconds: fc.constant(0),
  hopSeconds: fc.double({ min: 1e-7, max: 1e-4, noNaN: true }),
  bytesPerSecond: fc.double({ min: 1e8, max: 1e12, noNaN: true }),
})
const messages = fc.double({ min: 1, max: 1e11, noNaN: true })

describe("collectives", () => {
  test("a ring is 2(n−1)α + 2(n−1)/n·S/β, half of it a gather", () => {
    const group: Group = { members: 8, startSeconds: 0, hopSeconds: 1e-6, bytesPerSecond: 1e11 }
    expect(ringSeconds(group, 1e9)).toBeCloseTo(14e-6 + (2 * 7 * 1e9) / (8 * 1e11), 12)
    expect(2 * gatherSeconds(group, 1e9)).toBeCloseTo(ringSeconds(group, 1e9), 12)
  })

  test("nothing beats the floor, and one member has nothing to exchange", () => {
    fc.assert(
      fc.property(groups, messages, (group, bytes) => {
        const floor = allReduceFloor(group, bytes) * (1 - 1e-12)
        expect(ringSeconds(group, bytes)).toBeGreaterThanOrEqual(floor)
        expect(treeSeconds(group, bytes)).toBeGreaterThanOrEqual(floor)
        if (group.members === 1) expect(allReduceSeconds(group, bytes)).toBe(0)
      }),
    )
  })

  test("small messages among many go by tree, large ones by ring", () => {
    const group: Group = { members: 64, startSeconds: 0, hopSeconds: 5e-6, bytesPerSecond: 2e10 }
    expect(allReduceSeconds(group, 1e3)).toBe(treeSeconds(group, 1e3))
    expect(allReduceSeconds(group, 1e11)).toBe(ringSeconds(group, 1e11))
  })

  test("a hierarchy beats one slow ring where the inner links are quicker", () => {
    const inner: Group = { members: 8, startSeconds: 0, hopSeconds: 3e-6, bytesPerSecond: 2e11 }
    const outer: Group = { members: 64, startSeconds: 0, hopSeconds: 14e-6, bytesPerSecond: 2e10 }
    const flat: Group = { ...outer, members: 512 }
    expect(hierarchicalSeconds(inner, outer, 1e9)).toBeLessThan(allReduceSeconds(flat, 1e9))
  })
})

describe("groups of a machine", () => {
  const rates = ratesOf(findMachine("a100"), "bfloat16", fittedConstants)

  test("within a node run at the scale-up link's measured fraction", () => {
    expect(groupOf(rates, 8, 1).bytesPerSecond / 300e9).toBeCloseTo(0.763, 2)
    expect(groupOf(rates, 2, 1).bytesPerSecond / 300e9).toBeCloseTo(0.646, 2)
  })

  test("across nodes share the network ports of their members in a node", () => {
    const port = 25e9 * fittedConstants.networkFraction
    expect(groupOf(rates, 64, 8).bytesPerSecond).toBeCloseTo(port, 0)
    expect(groupOf(rates, 64, 4).bytesPerSecond).toBeCloseTo(2 * port, 0)
    expect(groupOf(rates, 16, 1).bytesPerSecond).toBeCloseTo(8 * port, 0)
  })

  test("pipeline neighbours in other nodes have one port each", () => {
    expect(neighboursOf(rates, 8).bytesPerSecond).toBeCloseTo(22.5e9, 0)
    expect(neighboursOf(rates, 1).bytesPerSecond).toBeGreaterThan(1e11)
  })

  test("beyond the links' reach there is no group", () => {
    expect(() => groupOf(rates, 2 ** 40, 1)).toThrow(/links join/)
  })
})
