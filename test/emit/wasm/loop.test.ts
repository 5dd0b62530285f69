import { describe, test } from "vitest"
import { operations } from "../../../src/graph/index.ts"
import { expectAgreement, graphOf, randomArray } from "./running.ts"

describe("maps", () => {
  test("elementwise work agrees with the interpreter at every length", () => {
    for (const n of [0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 64, 97, 1000]) {
      const inputs = [randomArray("float32", [n], 1), randomArray("float32", [n], 2)]
      const graph = graphOf(inputs, (b, x, y) =>
        operations.multiply(b, operations.add(b, x, y), operations.subtract(b, x, 2)),
      )
      expectAgreement(graph, inputs)
    }
  })
})
