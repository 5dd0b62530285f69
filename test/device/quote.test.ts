import { describe, expect, test } from "vitest"
import { type Array, f32, f64, grad, graphOf, lax, np, vmap } from "../../src/array/index.ts"
import { quoteGraph } from "../../src/device/index.ts"
import { draw } from "../../src/device/measure.ts"
import { workOfRun } from "../../src/device/run-work.ts"
import { sectionsOf } from "../../src/device/sections.ts"
import { cTarget } from "../../src/emit/index.ts"
import { costKinds, schedule } from "../../src/schedule/index.ts"
import { calibration, rates } from "./paper.ts"

const matmul = (n: number) => graphOf(np.matmul)(f32(n, n), f32(n, n))

describe("a quote", () => {
  test("of a large product is little more than its tiles' instructions over the threads", () => {
    const { seconds, interval, bytes, threads } = quoteGraph(matmul(2048), calibration)
    const fused = 2048 ** 3 / 4 / 4e9
    expect(seconds / fused).toBeGreaterThan(1)
    expect(seconds / fused).toBeLessThan(3)
    expect(interval[0]).toBeLessThan(seconds)
    expect(interval[1]).toBeGreaterThan(seconds)
    expect(bytes).toBeGreaterThanOrEqual(3 * 4 * 2048 ** 2)
    expect(threads).toBe(4)
  })

  test("is of the program that the device runs: wider vectors are fewer of them", () => {
    const wide = { ...calibration, processor: cTarget({ lanes: 16, registers: 32 }) }
    const [plain, fourfold] = [calibration, wide].map((each) => quoteGraph(matmul(2048), each))
    expect(plain.seconds / fourfold.seconds).toBeGreaterThan(3)
    expect(plain.seconds / fourfold.seconds).toBeLessThan(6)
  })

  test("of operands that are rounded on their way is little more: they are computed in vectors", () => {
    for (const processor of [undefined, cTarget({ lanes: 16, registers: 32 })]) {
      const each = { ...calibration, processor }
      const plain = quoteGraph(matmul(1024), each).seconds
      const rounded = quoteGraph(matmul(1024), each, { precision: "bfloat16" }).seconds
      expect(rounded / plain).toBeGreaterThan(1)
      expect(rounded / plain).toBeLessThan(1.5)
    }
  })

  test("of a stream is its bytes, each as dear as the cache that it lies in is far", () => {
    const secondsOf = (n: number) => {
      const { seconds, bytes } = quoteGraph(graphOf(np.negative)(f32(n)), calibration)
      expect(bytes).toBe(8 * n)
      return (seconds - 1e-4 - 3e-6) / n
    }
    const each = [2 ** 19, 2 ** 21, 2 ** 23, 2 ** 25].map(secondsOf)
    expect(each).toEqual([...each].sort((a, b) => a - b))
  })

  test("of next to nothing is the launch, with its uncertainty", () => {
    const { seconds, interval } = quoteGraph(graphOf(np.negative)(f32(3)), calibration)
    expect(seconds / 1e-4).toBeCloseTo(1, 1)
    expect(interval[1]).toBeGreaterThan(1.9e-4)
  })

  test("grows with the work, falls with the device's rates, and follows its pace", () => {
    const quoted = [64, 256, 1024].map((n) => quoteGraph(matmul(n), calibration).seconds)
    expect(quoted).toEqual([...quoted].sort((a, b) => a - b))
    const instructions = new Map(costKinds.map((kind) => [kind, 5e-10]))
    const faster = { ...calibration, rates: { ...rates, instructions } }
    expect(quoteGraph(matmul(1024), faster).seconds).toBeLessThan(quoted[2])
    const slower = quoteGraph(matmul(1024), calibration, { pace: 2 }).seconds
    expect((slower - 1e-4) / (quoted[2] - 1e-4)).toBeCloseTo(2, 9)
  })

  test("counts a loop's kernels and meetings once for each round", () => {
    const loop = (rounds: number) =>
      graphOf((x: Array) => lax.foriLoop(0, rounds, (_, y: Array) => np.sin(y), x))(f32(100_000))
    const secondsOf = (rounds: number) => quoteGraph(loop(rounds), calibration).seconds
    const first = secondsOf(2) - (secondsOf(4) - secondsOf(2))
    expect((secondsOf(200) - first) / (secondsOf(2) - first)).toBeCloseTo(100, 6)
    const meetings = (rounds: number) => sectionsOf(schedule(loop(rounds), { threads: 4 })).meetings
    expect(meetings(200) - meetings(100)).toBe(100 * (meetings(3) - meetings(2)))
  })

  test("counts a while loop for the steps that it is expected to take, else for one, and says so", () => {
    const loop = (expectedSteps?: number) =>
      graphOf((x: Array) =>
        lax.whileLoop(
          (y: Array) => np.less(np.max(y), 9),
          (y) => np.multiply(y, 2),
          x,
          { expectedSteps },
        ),
      )(f32(100_000))
    const quoteOf = (expectedSteps?: number) => quoteGraph(loop(expectedSteps), calibration)
    const open = quoteOf()
    expect(open.openLoops?.count).toBe(1)
    expect(open.seconds).toBeCloseTo(quoteOf(1).seconds, 12)
    expect(quoteOf(7)).not.toHaveProperty("openLoops")
    const further = quoteOf(7.5).seconds - quoteOf(2.5).seconds
    expect(further / (5 * (open.openLoops?.stepSeconds ?? 0))).toBeCloseTo(1, 6)
    for (const wrong of [0, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => loop(wrong)).toThrow(
        `expectedSteps is ${wrong}: it must be a finite number above 0`,
      )
    }
  })

  test("of eigenvalues reckons with the sweeps that they are expected to take, batched or derived too", () => {
    const eigenvalues = (x: Array) => np.linalg.eigh(x)[0]
    const slopes = grad((x: Array) => np.sum(eigenvalues(x)))
    const many = vmap((x: Array) => np.linalg.svd(x)[1])
    const graphs = [
      graphOf(eigenvalues)(f32(12, 12)),
      graphOf(slopes)(f32(12, 12)),
      graphOf(many)(f32(3, 9, 5)),
    ]
    for (const graph of graphs) {
      expect(quoteGraph(graph, calibration)).not.toHaveProperty("openLoops")
    }
  })

  test("of a program in one piece does not fall with the threads", () => {
    const graph = graphOf((x: Array) => np.cumsum(x))(f32(5000))
    const alone = { ...calibration, threads: 1, crowd: { ...calibration.crowd, threads: 1 } }
    expect(quoteGraph(graph, calibration).seconds).toBeCloseTo(quoteGraph(graph, alone).seconds, 9)
  })

  test("needs sizes that are numbers", () => {
    expect(() => quoteGraph(graphOf(np.negative)(f32("N")), calibration)).toThrow(RangeError)
  })
})

test("the work that is told before a run weighs functions by what they take, not as one instruction", () => {
  const workOf = (f: (x: Array) => Array, type = f32) =>
    workOfRun(schedule(graphOf(f)(type(100_000)), { threads: 1 })).work
  const least = workOf(np.negative)
  expect(workOf(np.sin) / least).toBeGreaterThan(5)
  expect(workOf(np.sin) / workOf(np.exp)).toBeGreaterThan(2)
  expect(workOf(np.cbrt, f64) / workOf(np.sin, f64)).toBeGreaterThan(2)
})

test("running sums down far columns enter more pages than down near ones", () => {
  const pagesOf = (columns: number) => {
    const program = schedule(graphOf((x: Array) => np.cumsum(x, 0))(f32(300, columns)), {
      threads: 1,
    })
    const [{ works }] = sectionsOf(program).sections
    const kernels = works.flatMap((work) => work.kernels)
    const pages = kernels.map(({ cost }) => cost.instructions.get("page") ?? 0)
    return pages.reduce((a, b) => a + b, 0)
  }
  // A row of 1024 is a page: each step of each of 64 walks down enters one to read and one to write.
  expect(pagesOf(1024)).toBe(2 * 300 * 64)
  expect(pagesOf(256)).toBe((2 * 300 * 16) / 4)
})

test("a long sort reaches here and there within the stretch that a thread sorts, not within everything", () => {
  const perElement = (n: number) =>
    quoteGraph(graphOf((x: Array) => np.sort(x))(f32(n)), calibration).seconds / n
  expect(perElement(2 ** 23) / perElement(2 ** 20)).toBeLessThan(1.6)
})

describe("what bills are measured on", () => {
  test("has products that stay ordinary numbers, however long and by whatever lanes", () => {
    const x = new Float32Array(2 ** 21)
    draw(x, "float32", 10)
    for (const lanes of [1, 4, 16, 32, 256]) {
      const products = new Float32Array(lanes).fill(1)
      let [least, most] = [1, 1]
      for (const [i, value] of x.entries()) {
        const product = products[i % lanes] * value
        products[i % lanes] = product
        least = Math.min(least, product)
        most = Math.max(most, product)
      }
      expect(least).toBeGreaterThan(2 ** -126)
      expect(most).toBeLessThan(2 ** 127)
      expect(Math.abs(Math.log(products.reduce((a, b) => a * b, 1)))).toBeLessThan(2)
    }
    expect(Math.min(...x.subarray(0, 65_521))).toBeGreaterThan(0.79)
    expect(Math.max(...x.subarray(0, 65_521))).toBeLessThan(1.26)
  })

  test("is numbers of the dtype that is stored", () => {
    const half = new Uint16Array(100)
    draw(half, "bfloat16", 10)
    // 0.75 to 1.25 as bfloat16.
    for (const bits of half) expect(bits).toSatisfy((b: number) => b >= 0x3f40 && b <= 0x3fa0)
    const whole = new Int32Array(1000)
    draw(whole, "int32", 3)
    expect(new Set(whole)).toEqual(new Set([0, 1, 2]))
  })
})
