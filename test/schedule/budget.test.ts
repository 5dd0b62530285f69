import { describe, expect, test } from "vitest"
import {
  type Array,
  f32,
  grad,
  graphOf,
  jit,
  lax,
  np,
  random,
  valueAndGrad,
} from "../../src/array/index.ts"
import { openCpu } from "../../src/device/index.ts"
import { checkGraph, type Graph } from "../../src/graph/index.ts"
import {
  BudgetError,
  fitMemory,
  leastMemory,
  memoryOf,
  schedule,
} from "../../src/schedule/index.ts"
import { concreteShape } from "../../src/size/index.ts"

interface Layer {
  readonly w: Array
  readonly b: Array
}

const layers = 12
const [batch, width] = [96, 32]

function loss(parameters: readonly Layer[], x: Array, y: Array): Array {
  let h = x
  for (const { w, b } of parameters) h = np.tanh(np.matmul(h, w).add(b))
  return np.mean(np.square(h.sub(y)))
}

/** One step of descent for a deep perceptron. */
function step(parameters: readonly Layer[], x: Array, y: Array): [Array, Layer[]] {
  const [value, slopes] = valueAndGrad(loss)(parameters, x, y)
  const next = parameters.map(({ w, b }, i) => ({
    w: w.sub(slopes[i].w.mul(0.1)),
    b: b.sub(slopes[i].b.mul(0.1)),
  }))
  return [value, next]
}

const specs = () =>
  [
    globalThis.Array.from({ length: layers }, () => ({ w: f32(width, width), b: f32(width) })),
    f32(batch, width),
    f32(batch, width),
  ] as const

const perceptron = (): Graph => graphOf(step)(...specs())

/** One block of a transformer, by its input and its weights. */
function attention(): Graph {
  const block = (x: Array, qkv: Array, out: Array, up: Array, down: Array): Array => {
    const [q, k, v] = np.split(np.matmul(x, qkv), 3, -1)
    const weights = np.exp(np.matmul(q, k.mT).mul(0.2))
    const mixed = np.matmul(weights.div(np.sum(weights, -1, { keepdims: true })), v)
    const y = x.add(np.matmul(mixed, out))
    return y.add(np.matmul(np.tanh(np.matmul(y, up)), down))
  }
  const total = (x: Array, ...w: [Array, Array, Array, Array]): Array => {
    let y = x
    for (let i = 0; i < 4; i++) y = block(y, ...w)
    return np.sum(np.square(y))
  }
  return graphOf(grad(total, { argnums: [0, 1, 2, 3, 4] }))(
    f32(48, 24),
    f32(24, 72),
    f32(24, 24),
    f32(24, 96),
    f32(96, 24),
  )
}

function argumentsOf(graph: Graph) {
  return graph.inputs.map(({ shape, dtype }, i) => {
    const extents = concreteShape(shape)
    const data = new Float32Array(extents.reduce((a, b) => a * b, 1))
    for (let j = 0; j < data.length; j++) data[j] = Math.sin(7 * i + 1.3 * j) * 0.2
    return { data, shape: extents, dtype }
  })
}

/** Runs a graph on a device of its own. */
async function run(graph: Graph, memory?: number) {
  const device = await openCpu({ threads: 2 })
  const inputs = argumentsOf(graph).map(({ data, shape, dtype }) => device.put(data, shape, dtype))
  const executable = device.compile(graph, { memory })
  const outputs = await Promise.all(executable.run(inputs).map((output) => output.read()))
  const { highWater } = device.memory()
  await device.close()
  return { outputs, highWater }
}

describe.each([
  ["a deep perceptron's step", perceptron],
  ["a transformer's gradient", attention],
])("%s", (_name, make) => {
  const graph = make()
  const plain = memoryOf(schedule(graph), 1)
  const least = leastMemory(graph)

  test("fits every budget down to a least one, at a cost that rises as the budget falls", () => {
    expect(least.bytes).toBeLessThan(0.8 * plain)
    let dearer = 0
    for (const share of [1, 0.75, 0.5, 0.25, 0]) {
      const budget = Math.ceil(least.bytes + share * (plain - least.bytes))
      const fitted = fitMemory(graph, budget)
      checkGraph(fitted.graph)
      expect(fitted.bytes).toBeLessThanOrEqual(budget)
      expect(memoryOf(schedule(fitted.graph), 1)).toBe(fitted.bytes)
      expect(fitted.extra).toBeGreaterThanOrEqual(dearer - 0.02)
      dearer = fitted.extra
    }
  })

  test("gives the same bits within a budget, and the device's high-water mark is within it", async () => {
    const free = await run(graph)
    const budget = Math.ceil((least.bytes + plain) / 2)
    const bound = await run(graph, budget)
    expect(bound.outputs).toEqual(free.outputs)
    // The device holds addresses beside the program's memory.
    expect(bound.highWater).toBeLessThanOrEqual(budget + 64 * 1024)
    expect(free.highWater - bound.highWater).toBeGreaterThan((plain - budget) / 2)
  })

  test("refuses less than the least, naming it", () => {
    expect(() => fitMemory(graph, 1000)).toThrow(BudgetError)
    expect(() => fitMemory(graph, 1000)).toThrow(/is too small: the least in which this program/)
    try {
      fitMemory(graph, 1000)
    } catch (error) {
      if (!(error instanceof BudgetError)) throw error
      expect(fitMemory(graph, error.least).bytes).toBeLessThanOrEqual(error.least)
    }
  })
})

describe("jit with a memory budget", () => {
  const parameters = (): Layer[] =>
    globalThis.Array.from({ length: layers }, (_, i) => ({
      w: random.normal(random.key(i), [width, width]).mul(0.2),
      b: np.zeros([width]),
    }))
  const x = random.normal(random.key(99), [batch, width])
  const y = np.tanh(x)
  const plain = memoryOf(schedule(perceptron()), 1)

  test("computes the same", async () => {
    const [free] = jit(step)(parameters(), x, y)
    const [bound] = jit(step, { memory: Math.round(plain * 0.8) })(parameters(), x, y)
    expect(await bound.item()).toBe(await free.item())
  })

  test("says before it runs what the least budget is", () => {
    const small = jit(step, { memory: "10kB" })
    expect(() => small(parameters(), x, y)).toThrow(/a memory budget of 10000 bytes is too small/)
  })

  test("takes an amount of memory", () => {
    expect(() => jit(step, { memory: "much" })).toThrow('jit: memory is "much"; it takes bytes')
    expect(() => jit(step, { memory: -1 })).toThrow("jit: memory is -1; it takes bytes")
  })
})

test("loops are steps that may be taken again", () => {
  const f = (x: Array): Array => {
    const once = (c: Array): [Array, Array] => [np.sin(c), c]
    const [, rows] = lax.scan((c: Array, _: null) => once(c), x, null, { length: 20 })
    const long = np.cumsum(np.square(np.cumsum(x, 0)), 0)
    return np.sum(np.cumsum(long.mul(np.cumsum(rows, 0).sum(0)), 0)).add(np.sum(rows))
  }
  const graph = graphOf(f)(f32(64, 32))
  const least = leastMemory(graph)
  expect(least.bytes).toBeLessThanOrEqual(memoryOf(schedule(graph), 1))
  checkGraph(least.graph)
})

test("while loops are steps too, though only the data tell how often they go round", async () => {
  const f = (x: Array): Array => {
    const rows = lax.whileLoop(
      (c: Array) => np.sum(c).less(1e3),
      (c: Array) => c.mul(2),
      x,
    )
    const long = np.cumsum(np.square(np.cumsum(x, 0)), 0)
    const other = np.cumsum(np.cumsum(np.sin(x), 0), 0)
    return np.sum(np.cumsum(long.mul(rows), 0)).add(np.sum(np.cumsum(other, 0).mul(long)))
  }
  const plain = memoryOf(schedule(graphOf(f)(f32(64, 32))), 1)
  const x = random.uniform(random.key(0), [64, 32])
  const bound = jit(f, { memory: Math.round(plain * 0.85) })
  expect(await bound(x).item()).toBe(await jit(f)(x).item())
})
