import { expect, test } from "vitest"
import { argsBytes, writeArgs } from "../../../src/emit/index.ts"
import {
  arenaWord,
  counterWord,
  inputWord,
  outputWord,
  presenceWord,
  scratchWord,
  spinsWord,
} from "../../../src/emit/wasm/layout.ts"
import { operations } from "../../../src/graph/index.ts"
import { schedule } from "../../../src/schedule/index.ts"
import { graphOf, randomArray } from "./running.ts"

const inputs = [randomArray("float32", [8]), randomArray("float32", [8])]
const graph = graphOf(inputs, (b, x, y) => [operations.add(b, x, y), operations.subtract(b, x, y)])
const program = schedule(graph)

test("a run's block holds its addresses and starts with nothing counted", () => {
  const block = new Int32Array(argsBytes(program) / 4).fill(7)
  const run = {
    inputs: [100, 200],
    outputs: [300, 400],
    arena: 500,
    scratch: 600,
    spins: 8,
    presence: 700,
  }
  writeArgs(block, program, run)
  expect([0, 1].map((i) => block[inputWord(i)])).toEqual(run.inputs)
  expect([0, 1].map((i) => block[outputWord(program, i)])).toEqual(run.outputs)
  const others = [arenaWord, scratchWord, spinsWord, presenceWord]
  expect(others.map((word) => block[word])).toEqual([500, 600, 8, 700])
  expect(block[counterWord(program, 0)]).toBe(0)
})

test("addresses above 2 GiB are kept as the bits that they are", () => {
  const block = new Int32Array(argsBytes(program) / 4)
  const high = 3 * 2 ** 30
  const none = { arena: 0, scratch: 0, spins: 0, presence: 0 }
  writeArgs(block, program, { inputs: [high, 0], outputs: [0, 0], ...none })
  expect(block[inputWord(0)] >>> 0).toBe(high)
})

test("what different threads write stands on lines of its own, and no words overlap", () => {
  const words = [
    arenaWord,
    scratchWord,
    spinsWord,
    presenceWord,
    inputWord(0),
    inputWord(1),
    outputWord(program, 0),
    outputWord(program, 1),
    counterWord(program, 0),
  ]
  expect(new Set(words).size).toBe(words.length)
  expect(counterWord(program, 0) % 16).toBe(0)
  expect(argsBytes(program) % 64).toBe(0)
  expect(argsBytes(program)).toBeGreaterThan(4 * counterWord(program, 0))
})
