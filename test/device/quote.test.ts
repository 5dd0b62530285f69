import { describe, expect, test } from "vitest"
import { f32, graphOf, np } from "../../src/array/index.ts"
import { type Calibration, quoteGraph } from "../../src/device/index.ts"

/** A device with round numbers. */
const calibration: Calibration = {
  device: "cpu",
  threads: 4,
  tiledPerSecond: 1e11,
  lanedPerSecond: 1e10,
  unlanedPerSecond: 1e9,
  bytesPerSecond: 1e10,
  launchSeconds: 1e-4,
  barrierSeconds: 1e-6,
}

const matmul = (n: number) => graphOf(np.matmul)(f32(n, n), f32(n, n))

describe("a quote", () => {
  test("of a large product is its multiplications and additions over the rate of tiles", () => {
    const { seconds, interval, bytes, threads } = quoteGraph(matmul(2048), calibration)
    expect(seconds / ((2 * 2048 ** 3) / 1e11)).toBeCloseTo(1, 1)
    expect(interval[0]).toBeLessThan(seconds)
    expect(interval[1]).toBeGreaterThan(seconds)
    expect(bytes).toBeGreaterThanOrEqual(3 * 4 * 2048 ** 2)
    expect(threads).toBe(4)
  })

  test("of a stream through memory is its bytes over the bandwidth", () => {
    const n = 1e7
    const { seconds, bytes } = quoteGraph(graphOf(np.negative)(f32(n)), calibration)
    expect(seconds / ((8 * n) / 1e10)).toBeCloseTo(1, 1)
    expect(bytes).toBe(8 * n)
  })

  test("of next to nothing is the launch", () => {
    const { seconds } = quoteGraph(graphOf(np.negative)(f32(3)), calibration)
    expect(seconds / 1e-4).toBeCloseTo(1, 1)
  })

  test("grows with the work and falls with the device's rates", () => {
    const quoted = [64, 256, 1024].map((n) => quoteGraph(matmul(n), calibration).seconds)
    expect(quoted).toEqual([...quoted].sort((a, b) => a - b))
    const faster = { ...calibration, tiledPerSecond: 2e11 }
    expect(quoteGraph(matmul(1024), faster).seconds).toBeLessThan(quoted[2])
  })

  test("needs sizes that are numbers", () => {
    expect(() => quoteGraph(graphOf(np.negative)(f32("N")), calibration)).toThrow(RangeError)
  })
})
