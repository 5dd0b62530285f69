import { mkdtemp, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { beforeAll, describe, expect, test } from "vitest"
import { oneSentence } from "./command.ts"
import { inProcess } from "./in-process.ts"

const multiply = ["examples/multiply.ts", "--export", "multiply"]

describe("MULTIPLY-N", () => {
  test("has its price in N", async () => {
    const { status, output } = await inProcess("price", ...multiply, "--args", "f32[N]")
    expect(status).toBe(0)
    expect(output).toMatch(/^RAM +N − 1 +1 /m)
    expect(output).toMatch(/^GPU +⌈log₂ N⌉ +⌊N\/2⌋ /m)
  })

  test("has its price for a number of numbers", async () => {
    const { output } = await inProcess("price", ...multiply, "--args", "f32[1048576]")
    expect(output).toMatch(/^RAM +1048575 +1 /m)
    expect(output).toMatch(/^GPU +20 +524288 /m)
  })

  test("is run, with a quote and a bill", async () => {
    const { status, output, errors } = await inProcess("run", ...multiply, "--args", "[2, 3, 4]")
    expect({ status, errors }).toEqual({ status: 0, errors: "" })
    expect(output).toMatch(/^result {2}24 /m)
    expect(output).toMatch(/bill +quote/)
    expect(output).toMatch(/^ {2}threads +\d+ +\d+$/m)
  })
})

describe("a run", () => {
  const json = async (...args: readonly string[]) => {
    const { status, output, errors } = await inProcess("run", ...multiply, "--json", ...args)
    expect({ status, errors }).toEqual({ status: 0, errors: "" })
    return JSON.parse(output)
  }

  test("in JSON is one document with result, quote and bill", async () => {
    const { results, quote, bill } = await json("--args", "[2,3,4]", "--device", "ram")
    expect(results).toEqual([
      { dtype: "float32", shape: [], elements: [24], least: 24, greatest: 24, mean: 24 },
    ])
    expect(quote).toMatchObject({ device: "ram", threads: 1 })
    expect(bill.seconds).toBeGreaterThan(0)
    expect(bill.bytes).toBeGreaterThanOrEqual(16)
  })

  test("draws the same inputs for the same seed, on every device", async () => {
    const product = async (...args: readonly string[]) => {
      const { results } = await json("--args", "f32[4096]", ...args)
      return results[0].elements[0]
    }
    const first = await product("--seed", "7")
    expect(first).toBeGreaterThan(0)
    expect(await product("--seed", "7", "--threads", "1")).toBe(first)
    expect(await product("--seed", "7", "--device", "ram")).toBeCloseTo(first, 3)
    expect(await product("--seed", "8")).not.toBe(first)
  })

  test("on auto is one where its quote is the least, and says what was chosen from", async () => {
    const args = ["run", ...multiply, "--json", "--args", "f32[1000]", "--device", "auto"]
    const { status, output } = await inProcess(...args)
    expect(status).toBe(0)
    const { quote, choice } = JSON.parse(output)
    // Neither compiling nor going anywhere is worth it for a thousand numbers.
    expect(choice.device).toBe("cpu")
    expect(quote.device).toBe("cpu")
    const inAll = choice.offers.map(
      ({ seconds, transfer, once }: { seconds: number; transfer: number; once: number }) =>
        seconds + transfer + once,
    )
    expect(inAll).toEqual([...inAll].sort((a, b) => a - b))
  })
})

test("a run keeps to a budget, and one below the least says what the least is", async () => {
  const layers = Array.from({ length: 8 }, () => "f32[64, 64]").join(", ")
  const args = [
    "examples/deep.ts",
    "--export",
    "step",
    "--args",
    `f32[512, 64], f32[512, 64], ${layers}`,
  ]
  const { output, status } = await inProcess("run", ...args, "--memory", "1.8MB", "--json")
  const { quote } = JSON.parse(output)
  expect({ status, fits: quote.bytes <= 1.8e6 }).toEqual({ status: 0, fits: true })
  const refused = await inProcess("run", ...args, "--memory", "100kB")
  expect(refused).toMatchObject({ status: 1, output: "" })
  expect(refused.errors).toMatch(oneSentence)
  expect(refused.errors).toMatch(/the least in which this program was found to run is \d+ bytes/)
})

describe("a task that fails ends with status 1 and one sentence:", () => {
  let file: string
  beforeAll(async () => {
    const door = pathToFileURL(join(import.meta.dirname, "../../src/index.ts")).href
    file = join(await mkdtemp(join(tmpdir(), "tradespace-")), "faulty.ts")
    await writeFile(
      file,
      `import { jit, np } from ${JSON.stringify(door)}
       export const mismatch = jit((x, y) => np.matmul(x, y))
       export const spread = (x) => np.matmul(np.reshape(x, [-1, 1]), np.reshape(x, [1, -1]))
       export const words = () => "seven"
       export const nothing = (x) => x.frobnicate()
      `,
    )
  })
  const failed = async (name: string, args: string, message: string | RegExp) => {
    const { status, output, errors } = await inProcess(
      "run",
      file,
      "--export",
      name,
      "--args",
      args,
    )
    expect(errors).toMatch(message)
    expect(errors).toMatch(oneSentence)
    expect({ status, output }).toEqual({ status: 1, output: "" })
  }

  test("shapes that do not fit, inside a jitted function", () =>
    failed("mismatch", "f32[2, 3], f32[4, 5]", /matmul.*3.*4/))
  test("memory that is not there", () => failed("spread", "f32[200000]", /bytes|GiB|memory/))
  test("a result that is no array", () => failed("words", "", "not an array"))
  test("a function that fails itself", () => failed("nothing", "f32[1]", "not a function"))
})
