import { expect, test } from "vitest"
import { findMachine, peakOf } from "../../src/hardware/index.ts"

test("the essay's 28 TFLOP/s is the plain float16 peak of a V100 PCIe, not its tensor peak", () => {
  const v100 = findMachine("v100 pcie")
  expect(peakOf(v100, "float16", "plain").perSecond.value).toBe(28.26e12)
  expect(peakOf(v100, "float16").perSecond.value).toBe(112e12)
})

test("the 9.5 TFLOP/s of the 2017 Transformer paper is a P100 PCIe in float32", () => {
  expect(peakOf(findMachine("p100 pcie"), "float32").perSecond.value).toBe(9.53e12)
})

test("a machine without a unit for a format runs it in the nearest one it has, and says so", () => {
  const gtx580 = peakOf(findMachine("gtx 580"), "bfloat16")
  expect([gtx580.unit, gtx580.dtype, gtx580.perSecond.value]).toEqual(["plain", "float32", 1.58e12])
  const v100 = peakOf(findMachine("v100"), "bfloat16")
  expect([v100.unit, v100.dtype]).toEqual(["tensor", "float16"])
  const a100 = peakOf(findMachine("a100"), "float8")
  expect([a100.unit, a100.dtype]).toEqual(["tensor", "bfloat16"])
})

test("a format is never run in a narrower one", () => {
  expect(() => peakOf(findMachine("tpu v4"), "float32")).toThrow(
    "TPU v4 has no known peak for float32 or a wider format; it has tensor bfloat16, tensor int8",
  )
  expect(() => peakOf(findMachine("tpu v4"), "bfloat16", "plain")).toThrow("no plain peak")
})
