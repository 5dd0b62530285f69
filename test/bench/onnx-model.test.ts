import { InferenceSession, Tensor } from "onnxruntime-node"
import { expect, test } from "vitest"
import { onnxModel } from "../../bench/rivals/onnx-model.ts"

test("ONNX Runtime reads what is written: operators, attributes, constants", async () => {
  const session = await InferenceSession.create(
    onnxModel({
      inputs: [{ name: "x", dtype: "float32", shape: [2, 2] }],
      outputs: [{ name: "y", dtype: "float32", shape: [2, 2] }],
      constants: [{ name: "two", dtype: "float32", shape: [], data: [2] }],
      nodes: [
        { operator: "Transpose", inputs: ["x"], outputs: ["t"], integers: { perm: [1, 0] } },
        { operator: "Mul", inputs: ["t", "two"], outputs: ["m"] },
        { operator: "LeakyRelu", inputs: ["m"], outputs: ["y"], floats: { alpha: 0.5 } },
      ],
    }),
  )
  const x = new Tensor("float32", Float32Array.of(1, -2, 3, 4), [2, 2])
  const { y } = await session.run({ x })
  expect([...(y?.data ?? [])]).toEqual([2, 6, -2, 8])
})
