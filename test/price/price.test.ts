import { describe, expect, test } from "vitest"
import { GraphBuilder, type Variable } from "../../src/graph/index.ts"
import {
  type Price,
  parallelism,
  priceAt,
  priceGraph,
  priceToJson,
  printPrice,
  timeOn,
} from "../../src/price/index.ts"
import { order, type Shape, type Size, symbol } from "../../src/size/index.ts"

const N = symbol("N")

function priceOf(
  shapes: readonly Shape[],
  build: (b: GraphBuilder, ...inputs: Variable[]) => Variable,
): Price {
  const b = new GraphBuilder()
  const inputs = shapes.map((shape) => b.input({ shape, dtype: "float32" }))
  return priceGraph(b.build([build(b, ...inputs)]))
}

const multiplyAll = (n: Size): Price =>
  priceOf([[n]], (b, x) => b.emit("reduceProd", [x], { axes: [0] }))

describe("MULTIPLY-N", () => {
  test("takes N − 1 steps on one thread, ⌈log₂ N⌉ on ⌊N/2⌋, in 4N + 4 bytes", () => {
    expect(printPrice(multiplyAll(N))).toMatchInlineSnapshot(`
      "model  time      threads  memory (bytes)  order
      RAM    N − 1     1        4 N + 4         O(N) time, O(1) threads, O(N) memory
      GPU    ⌈log₂ N⌉  ⌊N/2⌋    4 N + 4         O(log N) time, O(N) threads, O(N) memory

      work N − 1, span ⌈log₂ N⌉, parallelism O(N/log N)
      traffic 4 N + 4 bytes: each input and each result once"
    `)
  })

  test("of 2²⁰ numbers takes 1048575 steps or 20", () => {
    expect(printPrice(multiplyAll(1048576))).toMatchInlineSnapshot(`
      "model  time     threads  memory (bytes)
      RAM    1048575  1        4194308
      GPU    20       524288   4194308

      work 1048575, span 20, parallelism 52428
      traffic 4194308 bytes: each input and each result once"
    `)
    expect(priceAt(multiplyAll(N), { N: 1048576 })).toEqual(multiplyAll(1048576))
  })

  test("as JSON", () => {
    expect(JSON.parse(JSON.stringify(priceToJson(multiplyAll(N))))).toMatchInlineSnapshot(`
      {
        "bounds": [],
        "gpu": {
          "memory": {
            "expression": "4 N + 4",
            "order": "O(N)",
          },
          "threads": {
            "expression": "⌊N/2⌋",
            "order": "O(N)",
          },
          "time": {
            "expression": "⌈log₂ N⌉",
            "order": "O(log N)",
          },
        },
        "parallelism": {
          "expression": "⌊(N − 1)/⌈log₂ N⌉⌋",
          "order": "O(N/log N)",
        },
        "ram": {
          "memory": {
            "expression": "4 N + 4",
            "order": "O(N)",
          },
          "threads": 1,
          "time": {
            "expression": "N − 1",
            "order": "O(N)",
          },
        },
        "span": {
          "expression": "⌈log₂ N⌉",
          "order": "O(log N)",
        },
        "traffic": {
          "expression": "4 N + 4",
          "order": "O(N)",
        },
        "work": {
          "expression": "N − 1",
          "order": "O(N)",
        },
      }
    `)
  })
})

describe("the price list", () => {
  test("contractions take mn(2k − 1) operations in 1 + ⌈log₂ k⌉ steps", () => {
    const M = symbol("M")
    const price = priceOf(
      [
        [N, M],
        [M, 7],
      ],
      (b, x, y) => b.emit("dot", [x, y], { contract: [[1], [0]], batch: [[], []] }),
    )
    expect([price.work, price.span, price.gpu.threads].map(String)).toEqual([
      "14 M N − 7 N",
      "⌈log₂ M⌉ + 1",
      "7 M N",
    ])
    expect(order(price.work)).toBe("O(M N)")
  })

  test("views, constants and counts cost nothing and hold nothing", () => {
    const price = priceOf([[N, 2]], (b, x) => {
      const flipped = b.emit("flip", [b.emit("transpose", [x], { permutation: [1, 0] })], {
        axes: [0],
      })
      const ones = b.emit("full", [], { shape: [2, N], dtype: "float32", value: 1 })
      b.emit("stopGradient", [ones], {})
      return flipped
    })
    expect([price.work, price.span, price.gpu.threads]).toEqual([0, 0, 0])
    expect([price.ram.memory, price.gpu.memory].map(String)).toEqual(["8 N", "8 N"])
  })

  test("a result made from nothing or repeated is written out in the end", () => {
    const ones = priceOf([], (b) => b.emit("full", [], { shape: [N], dtype: "int32", value: 1 }))
    expect([ones.work, String(ones.ram.memory)]).toEqual([0, "4 N"])
    const repeated = priceOf([[1]], (b, x) =>
      b.emit("broadcast", [x], { shape: [N, 1], axes: [1] }),
    )
    expect(String(repeated.gpu.memory)).toBe("4 N + 4")
  })

  test("scans are bounds where their length is a symbol, exact where it is a number", () => {
    const scan = (n: Size): Price =>
      priceOf([[n]], (b, x) => b.emit("cumulativeSum", [x], { axis: 0, reverse: false }))
    expect(printPrice(scan(N))).toMatchInlineSnapshot(`
      "model  time                  threads  memory (bytes)  order
      RAM    ≤ 2 N − ⌈log₂ N⌉ − 2  1        8 N             O(N) time, O(1) threads, O(N) memory
      GPU    ≤ 2 ⌈log₂ N⌉          ≤ ⌊N/2⌋  ≤ 8 N           O(log N) time, O(N) threads, O(N) memory

      work 2 N − ⌈log₂ N⌉ − 2, span 2 ⌈log₂ N⌉, parallelism O(N/log N)
      traffic 8 N bytes: each input and each result once
      ≤ RAM time, GPU time, GPU threads, GPU memory: a scan's tree has a closed form only where its length is a power of two"
    `)
    expect(scan(8).bounds).toEqual([])
    // 7 additions up, 4 down: 2n − 2 − log₂ n.
    expect([scan(8).work, scan(8).span, scan(8).gpu.threads]).toEqual([11, 4, 4])
  })

  test("sorting is priced as a network and says so", () => {
    const sort = (n: Size): Price =>
      priceOf([[n]], (b, x) => b.emit("sort", [x], { axis: 0, keys: 1 }))
    expect([sort(16).work, sort(16).span]).toEqual([63, 10])
    expect(printPrice(sort(16))).toContain("≤ 63")
    expect(order(sort(N).work)).toBe("O(N log² N)")
  })
})

describe("schedules", () => {
  test("an array is freed after its last use", () => {
    const price = priceOf([[N]], (b, x) => {
      let y = x
      for (let i = 0; i < 5; i++) y = b.emit("exp", [y], {})
      return y
    })
    expect([price.ram.time, price.gpu.time, price.gpu.threads].map(String)).toEqual([
      "5 N",
      "5",
      "N",
    ])
    expect([price.ram.memory, price.gpu.memory].map(String)).toEqual(["12 N", "12 N"])
  })

  test("independent parts run side by side on the GPU and one after another under RAM", () => {
    const price = priceOf([[N]], (b, x) => {
      const sums = [1, 2, 3].map(() => b.emit("reduceSum", [b.emit("exp", [x], {})], { axes: [0] }))
      return sums.reduce((a, c) => b.emit("add", [a, c], {}))
    })
    expect(String(price.gpu.threads)).toBe("3 N")
    expect([price.gpu.memory, price.ram.memory].map(String)).toEqual(["16 N + 12", "8 N + 12"])
    expect(price.bounds).toEqual([])
  })

  test("a scatter is a bound, for where its updates meet is not known", () => {
    const b = new GraphBuilder()
    const x = b.input({ shape: [N], dtype: "float32" })
    const i = b.input({ shape: [8], dtype: "int32" })
    const u = b.input({ shape: [8], dtype: "float32" })
    const price = priceGraph(b.build([b.emit("scatter", [x, i, u], { axes: [0], combine: "add" })]))
    expect(printPrice(price)).toMatchInlineSnapshot(`
      "model  time     threads  memory (bytes)  order
      RAM    ≤ N + 8  1        8 N + 64        O(N) time, O(1) threads, O(N) memory
      GPU    ≤ 4      ≤ N + 4  ≤ 8 N + 64      O(1) time, O(N) threads, O(N) memory

      work N + 8, span 4, parallelism O(N)
      traffic 8 N + 64 bytes: each input and each result once
      ≤ RAM time, GPU time, GPU threads, GPU memory: how many updates of a scatter meet is known only when it runs"
    `)
  })
})

describe("time on P threads", () => {
  test("lies between max(work/P, span) and (work − span)/P + span", () => {
    expect(timeOn(multiplyAll(1024), 1)).toEqual({ least: 1023, most: 1023 })
    expect(timeOn(multiplyAll(1024), 64)).toEqual({ least: 16, most: 25 })
    expect(timeOn(multiplyAll(1024), 4096)).toEqual({ least: 10, most: 10 })
    expect(parallelism(multiplyAll(1024))).toBe(102)
    const { most } = timeOn(multiplyAll(N), 2)
    expect(String(most)).toBe("⌈(N + ⌈log₂ N⌉)/2⌉ − 1")
  })

  test("asks for a whole number of threads", () => {
    expect(() => timeOn(multiplyAll(8), 0)).toThrow("threads is 0: it must be a whole number")
    expect(() => timeOn(multiplyAll(8), 1.5)).toThrow("threads is 1.5")
  })
})
