import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { decodeSafetensors, encodeSafetensors, type Tensor } from "../../src/fit/safetensors.ts"
import { allocateTyped, dtypeNames } from "../../src/size/index.ts"

const tensor: fc.Arbitrary<Tensor> = fc
  .tuple(
    fc.constantFrom(...dtypeNames),
    fc.array(fc.nat(4), { maxLength: 3 }),
    fc.infiniteStream(fc.nat(1)),
  )
  .map(([dtype, shape, values]) => {
    const data = allocateTyped(
      dtype,
      shape.reduce((a, b) => a * b, 1),
    )
    for (let i = 0; i < data.length; i++) data[i] = values.next().value ?? 0
    return { dtype, shape, data }
  })

describe("a safetensors file", () => {
  test("gives back what was put in", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ minLength: 1 }), tensor, { noNullPrototype: true }),
        (tensors) => {
          const before = new Map(
            Object.entries(tensors).filter(([name]) => name !== "__metadata__"),
          )
          const file = encodeSafetensors(before, { made: "here" })
          const after = decodeSafetensors(file, "file")
          expect(new Map(after)).toEqual(before)
        },
      ),
    )
  })

  test("has its elements on a multiple of eight bytes and its header in plain JSON", () => {
    const file = encodeSafetensors(
      new Map([["w", { dtype: "float32", shape: [1], data: Float32Array.of(1) }]]),
    )
    const length = Number(new DataView(file.buffer).getBigUint64(0, true))
    expect(length % 8).toBe(0)
    const header: unknown = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)))
    expect(header).toEqual({ w: { dtype: "F32", shape: [1], data_offsets: [0, 4] } })
    expect([...file.subarray(8 + length)]).toEqual([0, 0, 0x80, 0x3f])
  })

  test("is read alike from Node's buffers, which share memory with others", () => {
    const before = new Map<string, Tensor>([
      ["w", { dtype: "float32", shape: [2], data: Float32Array.of(1.5, -2) }],
    ])
    const pooled = Buffer.concat([Buffer.of(7), encodeSafetensors(before)]).subarray(1)
    expect(decodeSafetensors(pooled, "file")).toEqual(before)
  })

  test("that is cut anywhere is refused in one sentence that names it", () => {
    const whole = encodeSafetensors(
      new Map([["w", { dtype: "int32", shape: [2], data: Int32Array.of(1, 2) }]]),
    )
    for (let length = 0; length < whole.length; length++) {
      expect(() => decodeSafetensors(whole.subarray(0, length), "w.safetensors")).toThrow(
        /^w\.safetensors is no usable safetensors file: [^\n]+$/,
      )
    }
  })
})
