import fc from "fast-check"
import { describe, expect, test } from "vitest"
import {
  catalogue,
  findMachine,
  linkAcross,
  nodesOf,
  parseMachine,
  spaceOf,
  tiersOf,
} from "../../src/hardware/index.ts"

const a100 = findMachine("a100")

describe("the network of a cluster", () => {
  test("of 1024 A100 is NVLink groups of eight on one InfiniBand fabric", () => {
    const shape = tiersOf(a100, 1024).map(({ link, ...tier }) => ({ kind: link.kind, ...tier }))
    expect(shape).toEqual([
      { kind: "NVLink 3", members: 8, devices: 8, groups: 128 },
      { kind: "InfiniBand HDR", members: 128, devices: 1024, groups: 1 },
    ])
  })

  test("of one device has no links", () => {
    for (const machine of catalogue) expect(tiersOf(machine, 1)).toEqual([])
  })

  test("of 72 GB200 is a single NVLink domain", () => {
    const gb200 = findMachine("gb200")
    expect(tiersOf(gb200, 72).map((tier) => tier.link.kind)).toEqual(["NVLink 5"])
    expect(linkAcross(gb200, 73).kind).toBe("InfiniBand NDR")
  })

  test("reaches every device and ends in one group", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...catalogue),
        fc.integer({ min: 2, max: 1_000_000_000 }),
        (machine, devices) => {
          const tiers = tiersOf(machine, devices)
          const outer = tiers.at(-1)!
          expect(outer.groups).toBe(1)
          expect(outer.devices).toBeGreaterThanOrEqual(devices)
          tiers.forEach((tier, i) => {
            expect(tier.devices).toBe(tier.members * (tiers[i - 1]?.devices ?? 1))
            expect(Math.min(devices, tier.devices)).toBeLessThanOrEqual(tier.link.devices)
            expect(tier.groups * tier.devices).toBeGreaterThanOrEqual(devices)
          })
          expect(linkAcross(machine, devices)).toBe(outer.link)
        },
      ),
    )
  })

  test("fits a group that its inner tiers do not divide into the outer reach", () => {
    const odd = parseMachine({
      name: "odd",
      like: "a100",
      links: [
        { kind: "inner", topology: "mesh", devices: 3, bytesPerSecond: 1e9, alphaSeconds: 0 },
        { kind: "outer", topology: "mesh", devices: 10, bytesPerSecond: 1e9, alphaSeconds: 0 },
      ],
    })
    expect(tiersOf(odd, 9).map((tier) => tier.members)).toEqual([3, 3])
    expect(tiersOf(odd, 10).map((tier) => tier.devices)).toEqual([3, 12])
    expect(() => tiersOf(odd, 11)).toThrow(
      "11 devices of odd cannot be joined: its links reach 10; take at most 10",
    )
  })

  test("refuses a number of devices that is not a count", () => {
    for (const devices of [0, -1, 1.5, Number.NaN, Infinity]) {
      expect(() => tiersOf(a100, devices)).toThrow("must be a whole number from 1 up")
      expect(() => nodesOf(a100, devices)).toThrow("must be a whole number from 1 up")
    }
  })
})

test("a volume that the machine does not state is asked for, not guessed", () => {
  const { cubicMetres, ...rest } = a100
  const bare = { ...rest, cubicMetres: { board: cubicMetres.board! } }
  expect(() => spaceOf(bare, "floor")).toThrow("A100 SXM4 80GB has no floor volume; known: board")
})
