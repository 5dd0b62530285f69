import { expect, test } from "vitest"
import { cases } from "../../bench/cases/index.ts"
import { contestants } from "../../bench/contestants.ts"
import { parseOptions } from "../../bench/options.ts"

test("without options everything is measured against everyone", () => {
  const options = parseOptions([])
  expect(options.cases).toEqual(cases)
  expect(options.rows).toEqual(contestants)
  expect(options.stages).toBe(true)
})

test("cases are named by group or by part of their name", () => {
  const names = (only: string) => parseOptions(["--only", only]).cases.map(({ name }) => name)
  expect(names("train")).toEqual([
    "MNIST training step, batch 128",
    "transformer block training step, batch 32",
  ])
  expect(names("matmul 512,chain")).toEqual(["matmul 512", "chain of 8 elementwise, 16M"])
  expect(parseOptions(["--only", "matmul"]).stages).toBe(false)
  expect(parseOptions(["--only", "compile"])).toMatchObject({ cases: [], stages: true })
})

test("a quick run leaves out what takes long", () => {
  const { cases: quick, effort } = parseOptions(["--quick", "--only", "matmul"])
  expect(quick.some(({ long }) => long)).toBe(false)
  expect(effort.rounds).toBeLessThan(parseOptions([]).effort.rounds)
})

test("Tradespace is always measured, rivals when they are asked for", () => {
  const names = (against: string) => parseOptions(["--against", against]).rows.map((r) => r.name)
  expect(names("none")).toEqual(["tradespace"])
  expect(names("tfjs-wasm")).toEqual(["tradespace", "tfjs-wasm"])
})

test("wrong words are answered with the right ones", () => {
  expect(() => parseOptions(["--only", "fft"])).toThrow("groups are matmul, conv")
  expect(() => parseOptions(["--against", "numpy"])).toThrow("there are tradespace-native, jax-js")
  expect(() => parseOptions(["--fast"])).toThrow("--fast")
})
