import { describe, expect, test } from "vitest"
import type { Figure } from "../../src/hardware/index.ts"
import {
  catalogue,
  findMachine,
  nodesOf,
  peakOf,
  spaceOf,
  tiersOf,
  wattsOf,
} from "../../src/hardware/index.ts"

/** Every figure of a machine, with the path to it. */
function figuresOf(value: unknown, path = ""): { path: string; figure: Figure }[] {
  if (typeof value !== "object" || value === null) return []
  if ("trust" in value) return [{ path, figure: value as Figure }]
  return Object.entries(value).flatMap(([key, inner]) => figuresOf(inner, `${path}.${key}`))
}

describe("the catalogue", () => {
  test("gives every figure a positive value, a source and a trust", () => {
    for (const machine of catalogue) {
      for (const { path, figure } of figuresOf(machine)) {
        const at = machine.name + path
        expect(figure.value, at).toBeGreaterThan(0)
        expect(Number.isFinite(figure.value), at).toBe(true)
        expect(figure.source.length, at).toBeGreaterThan(2)
        expect(["verified", "secondary", "memory"], at).toContain(figure.trust)
      }
    }
  })

  test("never verifies a figure that nobody looked up", () => {
    for (const machine of catalogue) {
      for (const { path, figure } of figuresOf(machine)) {
        if (figure.source === "not looked up") {
          expect(figure.trust, machine.name + path).toBe("memory")
        }
      }
    }
  })

  test("calls no two machines by the same name", () => {
    const keys = catalogue.flatMap((machine) =>
      [machine.name, ...machine.aliases].map((name) =>
        name.toLowerCase().replace(/[^a-z0-9]/g, ""),
      ),
    )
    expect(keys.filter((key, at) => keys.indexOf(key) !== at)).toEqual([])
  })

  test("joins a hundred million of each kind by links from the innermost out", () => {
    for (const machine of catalogue) {
      const reaches = machine.links.map((link) => link.devices)
      expect(reaches, machine.name).toEqual(reaches.toSorted((a, b) => a - b))
      const joined = tiersOf(machine, 1e8).reduce((total, tier) => total * tier.members, 1)
      expect(joined, machine.name).toBeGreaterThanOrEqual(1e8)
    }
  })

  test("makes each outer link slower than the one within it", () => {
    for (const { name, links } of catalogue) {
      const rates = links.map((link) => link.bytesPerSecond.value)
      expect(rates, name).toEqual(rates.toSorted((a, b) => b - a))
    }
  })

  test("puts the board in the chassis and the chassis on the floor", () => {
    for (const machine of catalogue) {
      const [board, chassis, floor] = (["board", "chassis", "floor"] as const).map(
        (space) => spaceOf(machine, space).value,
      )
      expect(chassis, machine.name).toBeGreaterThan(board!)
      expect(floor, machine.name).toBeGreaterThanOrEqual(chassis!)
      expect(wattsOf(machine).value, machine.name).toBeGreaterThan(machine.watts.board.value)
    }
  })

  test("runs narrower formats at least as fast on the same unit", () => {
    for (const { name, peakPerSecond } of catalogue) {
      for (const unit of ["plain", "tensor"] as const) {
        const peaks = peakPerSecond[unit]
        const widest = [peaks.float64, peaks.float32, peaks.tf32, peaks.float16, peaks.float8]
        const rates = widest.flatMap((figure) => (figure ? [figure.value] : []))
        expect(rates, `${name} ${unit}`).toEqual(rates.toSorted((a, b) => a - b))
      }
    }
  })

  test("keeps dense peaks, never the doubled ones for sparse matrices", () => {
    expect(peakOf(findMachine("a100"), "bfloat16").perSecond.value).toBe(312e12)
    expect(peakOf(findMachine("h100"), "bfloat16").perSecond.value).toBe(989.4e12)
    expect(peakOf(findMachine("rtx 4090"), "bfloat16").perSecond.value).toBe(165.2e12)
    expect(peakOf(findMachine("tpu v5p"), "bfloat16").perSecond.value).toBe(459e12)
  })

  test("counts resident threads as processors times threads", () => {
    const resident = (name: string) => findMachine(name).threads.resident?.value
    expect(resident("gtx 580")).toBe(24_576)
    expect(resident("p100")).toBe(114_688)
    expect(resident("v100")).toBe(163_840)
    expect(resident("a100")).toBe(221_184)
    expect(resident("h100")).toBe(270_336)
    expect(resident("rtx 4090")).toBe(196_608)
    expect(resident("rtx 5090")).toBe(261_120)
  })

  test("packs ten times more operations into a cubic metre from DGX A100 to NVL72", () => {
    const density = (name: string) => {
      const machine = findMachine(name)
      return peakOf(machine, "bfloat16").perSecond.value / spaceOf(machine, "chassis").value
    }
    expect(density("a100") / 2.19e16).toBeCloseTo(1, 2)
    expect(density("h100") / 5.14e16).toBeCloseTo(1, 2)
    expect(density("gb200") / 1.26e17).toBeCloseTo(1, 2)
  })

  test("has 1024 A100 in 128 chassis of 43.6 million cubic metre seconds in 34.5 days", () => {
    const a100 = findMachine("a100")
    expect(nodesOf(a100, 1024)).toBe(128)
    const volume = 1024 * spaceOf(a100, "chassis").value
    expect((volume * 34.5 * 86_400) / 4.36e7).toBeCloseTo(1, 2)
    const joules = 1024 * wattsOf(a100).value * 34.5 * 86_400
    expect(joules / 3.6e12).toBeCloseTo(0.69, 2)
  })
})
