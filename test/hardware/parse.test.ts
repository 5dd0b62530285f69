import { describe, expect, test } from "vitest"
import { catalogue, findMachine, parseMachine } from "../../src/hardware/index.ts"

const whole = {
  name: "Home box",
  kind: "gpu",
  peakPerSecond: { plain: { float32: 1e13 } },
  memoryBytes: 16e9,
  memoryBytesPerSecond: 5e11,
  links: [],
  devicesPerNode: 1,
  watts: { board: 300 },
}

describe("a machine from JSON", () => {
  test("comes back as it was, for every machine of the catalogue", () => {
    for (const machine of catalogue) {
      expect(parseMachine(JSON.parse(JSON.stringify(machine)))).toEqual(machine)
    }
  })

  test("needs no more than its peak, memory, links, node and power", () => {
    const machine = parseMachine(whole)
    expect(machine.memoryBytes).toEqual({
      value: 16e9,
      source: "given in the machine's file",
      trust: "memory",
    })
    expect(machine.cubicMetres).toEqual({})
    expect("year" in machine).toBe(false)
  })

  test("takes what it leaves out from the machine that it is like", () => {
    const a100 = findMachine("a100")
    const dear = parseMachine({
      name: "our A100",
      like: "A100",
      dollars: { hour: { value: 2.2, source: "our invoice", trust: "verified" } },
      peakPerSecond: { tensor: { float8: 1e15 } },
    })
    expect(dear.dollars.hour?.value).toBe(2.2)
    expect(dear.dollars.sale).toEqual(a100.dollars.sale)
    expect(dear.peakPerSecond.tensor.bfloat16).toEqual(a100.peakPerSecond.tensor.bfloat16)
    expect(dear.peakPerSecond.tensor.float8?.value).toBe(1e15)
    expect(dear.links).toEqual(a100.links)
    expect(dear.aliases).toEqual([])
  })
})

describe("a wrong machine is refused in one sentence that names the path", () => {
  const refusals: [string, unknown, string][] = [
    ["a number for a machine", 3, "machine is 3; it should be an object with name"],
    ["no name", { ...whole, name: undefined }, "machine.name is missing"],
    [
      "a misspelt field",
      { ...whole, memoryByte: 1 },
      'no field "memoryByte"; did you mean "memory',
    ],
    [
      "gigabytes for bytes",
      { ...whole, memoryBytes: 80 },
      "is 80; it should be between 1e6 and 1e17, in bytes, so 80 GB",
    ],
    [
      "teraflops as text",
      { ...whole, peakPerSecond: { plain: { float32: "10T" } } },
      'machine.peakPerSecond.plain.float32 is "10T"; it should be a number of operations',
    ],
    ["no peak at all", { ...whole, peakPerSecond: {} }, "machine.peakPerSecond has no peak"],
    [
      "an unknown dtype",
      { ...whole, peakPerSecond: { plain: { fp32: 1e12 } } },
      'machine.peakPerSecond.plain has no field "fp32"; did you mean "float32"',
    ],
    ["no power", { ...whole, watts: {} }, "machine.watts.board is missing; it should be watts"],
    ["an unknown kind", { ...whole, kind: "toaster" }, "it should be one of gpu, tpu"],
    ["half a node", { ...whole, devicesPerNode: 0.5 }, "machine.devicesPerNode is 0.5"],
    ["no number", { ...whole, memoryBytes: { source: "x" } }, "machine.memoryBytes.value is miss"],
    ["an endless memory", { ...whole, memoryBytes: Infinity }, "machine.memoryBytes is null"],
    [
      "a trust that is not one",
      { ...whole, memoryBytes: { value: 1e9, trust: "sure" } },
      'machine.memoryBytes.trust is "sure"; it should be one of verified, secondary, memory',
    ],
    ["links that are no list", { ...whole, links: {} }, "machine.links is {}; it should be a list"],
    [
      "an outer link with a shorter reach",
      {
        ...whole,
        links: [8, 4].map((devices) => ({
          ...{ kind: "wire", topology: "mesh", devices },
          ...{ bytesPerSecond: 1e9, alphaSeconds: 1e-6 },
        })),
      },
      "machine.links[1].devices is 4, fewer than the 8 of the tier within it",
    ],
    ["an unknown model to be like", { name: "x", like: "A1OO" }, "no machine called"],
  ]

  test.each(refusals)("%s", (_, json, message) => {
    expect(() => parseMachine(json)).toThrow(message)
  })

  test("and the sentence is one line", () => {
    for (const [, json] of refusals) {
      try {
        parseMachine(json)
      } catch (error) {
        expect(String(error)).not.toContain("\n")
      }
    }
  })
})
