import { describe, expect, test } from "vitest"
import { GraphBuilder } from "../../src/graph/index.ts"
import { findMachine, type Machine, verified } from "../../src/hardware/index.ts"
import { LIGHT_SPEED } from "../../src/physics/index.ts"
import { type Price, priceGraph, spacetime } from "../../src/price/index.ts"
import { type Size, symbol } from "../../src/size/index.ts"

const source = "made up"

/** A litre that does 10¹² operations per second on 1000 lanes and holds 10⁹ bytes. */
const litre: Machine = {
  name: "Litre",
  aliases: [],
  kind: "accelerator",
  peakPerSecond: {
    plain: { float32: verified(1e12, source), float16: verified(4e12, source) },
    tensor: { float16: verified(64e12, source) },
  },
  memoryBytes: verified(1e9, source),
  memoryBytesPerSecond: verified(1e11, source),
  links: [],
  devicesPerNode: 1,
  threads: { lanes: verified(1000, source) },
  watts: { board: verified(200, source), chassis: verified(300, source) },
  dollars: {},
  cubicMetres: { board: verified(1e-3, source), chassis: verified(8e-3, source) },
}

/** Five chained exponentials of n numbers: 5n operations in 5 steps, 12n bytes, 8n of traffic. */
function exponentials(n: Size): Price {
  const b = new GraphBuilder()
  const x = b.input({ shape: [n], dtype: "float32" })
  let y = x
  for (let i = 0; i < 5; i++) y = b.emit("exp", [y], {})
  return priceGraph(b.build([y]))
}

describe("a computation in spacetime", () => {
  test("fills the share of the volume that its bytes and threads are, for its time", () => {
    // 5 × 10⁶ steps of 10⁻⁹ s on one of 1000 lanes; 12 × 10⁶ of 10⁹ bytes.
    const one = spacetime(exponentials(1e6), litre, { space: "board", threads: 1 })
    expect([one.threads, one.steps, one.bytes]).toEqual([1, 5e6, 12e6])
    expect(one.seconds).toBeCloseTo(5e-3, 12)
    expect(one.limitedBy).toBe("threads")
    expect(one.cubicMetres.memory).toBeCloseTo(6e-6, 15)
    expect(one.cubicMetres.threads).toBeCloseTo(5e-7, 15)
    expect(one.cubicMetres.total).toBeCloseTo(6.5e-6, 15)
    expect(one.cubicMetreSeconds.memory).toBeCloseTo(3e-8, 15)
    expect(one.cubicMetreSeconds.threads).toBeCloseTo(2.5e-9, 15)
    expect(one.cubicMetreSeconds.total).toBeCloseTo(3.25e-8, 15)
    expect(one.joules).toBeCloseTo(1, 10)
  })

  test("on all lanes takes no less time than its memory traffic", () => {
    // 5000 steps of 10⁻⁹ s would be 5 µs; 8 × 10⁶ bytes at 10¹¹ a second are 80 µs.
    const all = spacetime(exponentials(1e6), litre, { space: "board", steps: 5000 })
    expect(all.threads).toBe(1000)
    expect(all.seconds).toBeCloseTo(8e-5, 15)
    expect(all.limitedBy).toBe("memory")
    expect(all.cubicMetres.threads).toBeCloseTo(5e-4, 15)
    expect(all.joules).toBeCloseTo(0.016, 12)
  })

  test("takes at most the steps that greedy schedules take, and no more threads than help", () => {
    const { threads, steps } = spacetime(exponentials(10), litre, { space: "board" })
    expect([threads, steps]).toEqual([10, 5])
    expect(spacetime(exponentials(10), litre, { space: "board", threads: 4 }).steps).toBe(16)
    expect(spacetime(exponentials(10), litre, { space: "board", threads: 99 }).steps).toBe(5)
  })

  test("is charged the space and the watts that were chosen", () => {
    const options = { threads: 1, memoryShare: 0.25 }
    const chassis = spacetime(exponentials(1e6), litre, { ...options, space: "chassis" })
    expect(chassis.cubicMetres.memory).toBeCloseTo(0.012 * 0.25 * 8e-3, 15)
    expect(chassis.cubicMetres.threads).toBeCloseTo(0.001 * 0.75 * 8e-3, 15)
    expect(chassis.joules).toBeCloseTo(1.5, 10)
    expect(() => spacetime(exponentials(8), litre, { space: "floor" })).toThrow(
      "Litre has no floor volume; known: board, chassis",
    )
  })

  test("runs at the rate of the lanes for its format, never at that of the matrix units", () => {
    const price = exponentials(1e6)
    const half = spacetime(price, litre, { space: "board", threads: 1, dtype: "float16" })
    expect(half.seconds).toBeCloseTo(1.25e-3, 12)
  })

  test("keeps its product of space and time where time falls as the threads grow", () => {
    const cost = (threads: number): number =>
      spacetime(exponentials(1e6), litre, { space: "board", threads, memoryShare: 0 })
        .cubicMetreSeconds.total
    for (const threads of [2, 5, 10, 50]) expect(cost(threads) / cost(1)).toBeCloseTo(1, 3)
    // Beyond, memory traffic sets the time, and space is bought for nothing.
    expect(cost(1000) / cost(1)).toBeGreaterThan(10)
  })
})

describe("light", () => {
  test("must cross the space that memory and threads fill", () => {
    const one = spacetime(exponentials(1e6), litre, { space: "board", threads: 1 })
    expect(one.lightCrossing?.limit).toBeCloseTo(Math.cbrt(6.5e-6) / LIGHT_SPEED, 20)
    expect(one.lightCrossing?.slack).toBeCloseTo((5e-3 * LIGHT_SPEED) / Math.cbrt(6.5e-6), 0)
    expect(one.lightCrossing?.satisfied).toBe(true)
  })

  test("leaves a causal diamond no quicker machine of this density escapes", () => {
    // ρ = 10¹⁵ operations per second and m³, N = 5 × 10⁶.
    const one = spacetime(exponentials(1e6), litre, { space: "board", threads: 1 })
    const floor = ((24 * 5e6) / (Math.PI * 1e15 * LIGHT_SPEED ** 3)) ** 0.25
    expect(one.causalDiamond?.limit).toBeCloseTo(floor, 18)
    expect(one.causalDiamond?.slack).toBeCloseTo(5e-3 / floor, 3)
  })

  test("bounds nothing where nothing is computed", () => {
    const b = new GraphBuilder()
    const x = b.input({ shape: [4], dtype: "float32" })
    const nothing = spacetime(priceGraph(b.build([x])), litre, { space: "board" })
    expect(nothing.causalDiamond).toBeUndefined()
    expect([nothing.steps, nothing.threads, nothing.limitedBy]).toEqual([0, 1, "memory"])
  })
})

test("every machine with lanes in the catalogue has a price for a small program", () => {
  for (const name of ["A100", "H100", "V100", "EPYC", "A17 Pro"]) {
    const { seconds, cubicMetreSeconds, lightCrossing, causalDiamond } = spacetime(
      exponentials(1e6),
      findMachine(name),
      { space: "chassis" },
    )
    expect(seconds).toBeGreaterThan(0)
    expect(cubicMetreSeconds.total).toBeGreaterThan(0)
    expect([lightCrossing?.satisfied, causalDiamond?.satisfied]).toEqual([true, true])
  }
})

test("what cannot be is said in one sentence", () => {
  const board = { space: "board" } as const
  const tries: readonly (readonly [() => unknown, string])[] = [
    [() => spacetime(exponentials(symbol("N")), litre, board), "bind its names, as in priceAt"],
    [
      () => spacetime(exponentials(1e8), litre, board),
      "1200000000 bytes are more than the 1000000000 of Litre",
    ],
    [
      () => spacetime(exponentials(8), litre, { ...board, threads: 1001 }),
      "1001 threads are more than the 1000 lanes of Litre",
    ],
    [() => spacetime(exponentials(8), litre, { ...board, threads: 0 }), "threads is 0"],
    [() => spacetime(exponentials(8), litre, { ...board, steps: -1 }), "steps is -1"],
    [() => spacetime(exponentials(8), litre, { ...board, memoryShare: 2 }), "memoryShare is 2"],
    [() => spacetime(exponentials(8), findMachine("TPU v4"), board), "has no scalar lanes"],
  ]
  for (const [attempt, message] of tries) {
    expect(attempt).toThrow(message)
    expect(attempt).toThrow(/^[^\n]+$/)
  }
})
