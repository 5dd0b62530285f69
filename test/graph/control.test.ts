import { describe, expect, test } from "vitest"
import {
  type ArrayType,
  checkGraph,
  type Graph,
  GraphBuilder,
  graphKey,
  inferTypes,
  operations as op,
  printGraph,
  printType,
  type Variable,
} from "../../src/graph/index.ts"
import { symbol } from "../../src/size/index.ts"

const float = (...shape: readonly number[]): ArrayType => ({ shape, dtype: "float32" })
const index: ArrayType = { shape: [], dtype: "int32" }

function graphOf(
  types: readonly ArrayType[],
  build: (b: GraphBuilder, inputs: readonly Variable[]) => readonly Variable[],
): Graph {
  const b = new GraphBuilder()
  const inputs = types.map((type) => b.input(type))
  return b.build(build(b, inputs))
}

/** (c, x) ↦ (c + x, c·x). */
const step = graphOf([float(), float()], (b, [c, x]) => [op.add(b, c, x), op.multiply(b, c, x)])
const loop = { body: step, length: 5, consts: 0, carries: 1, reverse: false }

describe("the types of", () => {
  test("a loop are the carries' and the rows of all steps", () => {
    const types = inferTypes("loop", [float(), float(5)], loop)
    expect(types.map(printType)).toEqual(["f32[]", "f32[5]"])
  })

  test("a loop may have a symbolic length", () => {
    const rows: ArrayType = { shape: [symbol("N")], dtype: "float32" }
    const types = inferTypes("loop", [float(), rows], { ...loop, length: symbol("N") })
    expect(types.map(printType)).toEqual(["f32[]", "f32[N]"])
  })

  test("a cond are its branches'", () => {
    const branch = graphOf([float(2)], (b, [x]) => [op.reduceSum(b, x, [0])])
    const types = inferTypes("cond", [index, float(2)], { branches: [branch, branch] })
    expect(types.map(printType)).toEqual(["f32[]"])
  })
})

test.each([
  [
    "rows that do not fit the length",
    () => inferTypes("loop", [float(), float(4)], loop),
    "loop of 5 steps takes rows of operand 1, which must have so many, not shape [4]",
  ],
  [
    "a body of other inputs",
    () => inferTypes("loop", [float(2), float(5)], loop),
    "loop: input 0 of the body is f32[] where f32[2] is needed",
  ],
  [
    "too few operands",
    () => inferTypes("loop", [float()], loop),
    "loop: the body has 2 inputs where 1 are needed",
  ],
  [
    "a condition that gives a number",
    () => {
      const condition = graphOf([float()], (_, [x]) => [x])
      const params = { condition, body: condition, conditionConsts: 0, bodyConsts: 0 }
      return inferTypes("while", [float()], params)
    },
    "while: output 0 of the condition is f32[] where bool[] is needed",
  ],
  [
    "branches of different types",
    () => {
      const branches = [1, 2].map((n) => graphOf([], (b) => [op.zeros(b, float(n))]))
      return inferTypes("cond", [index], { branches })
    },
    "cond: output 0 of the branch 1 is f32[2] where f32[1] is needed",
  ],
  [
    "no branches",
    () => inferTypes("cond", [index], { branches: [] }),
    "cond needs at least one branch",
  ],
])("%s are refused", (_, call, message) => {
  expect(call).toThrow(message)
})

test("the checker looks into the graphs inside", () => {
  const stray = graphOf([float()], (_, [x]) => [x]).inputs[0]
  const body: Graph = { ...step, outputs: [stray, step.outputs[1]] }
  const graph = graphOf([float(), float(5)], (b, inputs) =>
    b.emitAll("loop", inputs, { ...loop, body }),
  )
  expect(() => checkGraph(graph)).toThrow("output 0 is never computed")
})

test("graphs inside are printed below their equation", () => {
  const graph = graphOf([float(), float(5)], (b, inputs) => b.emitAll("loop", inputs, loop))
  expect(printGraph(graph)).toMatchInlineSnapshot(`
    "{ a: f32[], b: f32[5] →
      c: f32[], d: f32[5] = loop[length=5 consts=0 carries=1 reverse=false] a b
        body { a: f32[], b: f32[] →
          c: f32[] = add a b
          d: f32[] = multiply a b
          → c, d }
      → c, d }"
  `)
})

test("graphs that say the same have one key, those that differ inside do not", () => {
  const graph = (body: Graph): Graph =>
    graphOf([float(), float(5)], (b, inputs) => b.emitAll("loop", inputs, { ...loop, body }))
  const build = (primitive: "add" | "subtract") =>
    graphOf([float(), float()], (b, [c, x]) => [op.apply(b, primitive, c, x), x])
  expect(graphKey(graph(build("add")))).toBe(graphKey(graph(build("add"))))
  expect(graphKey(graph(build("add")))).not.toBe(graphKey(graph(build("subtract"))))
})
