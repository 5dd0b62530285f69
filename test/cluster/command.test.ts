import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, test } from "vitest"
import { inProcess } from "../cli/in-process.ts"

const run = (...args: readonly string[]) => inProcess("plan", ...args)

/** A module with the forward pass of a small network, to be traced. */
const perceptron = fileURLToPath(new URL("perceptron.ts", import.meta.url))
const traced = (specs: string) => ["--on", "a100", "--export", "loss", "--args", specs]

describe("tradespace plan", () => {
  test("answers for GPT-3 on a thousand V100", async () => {
    const { output, status } = await run(
      ...["gpt3-175b", "--on", "v100", "--gpus", "1024", "--tokens", "300e9"],
      ...["--deadline", "90d", "--budget", "5e6"],
    )
    expect(status).toBe(0)
    expect(output).toMatch(/answer\s+possible/)
    expect(output).toContain("in the words of constructor theory")
  })

  test("--json writes one document and nothing else", async () => {
    const { output } = await run("llama3-8b", "--on", "h100", "--gpus", "64", "--json", "--explain")
    const plan: unknown = JSON.parse(output)
    expect(plan).toMatchObject({ devices: 64, verdict: { word: "possible" } })
    expect(plan).toHaveProperty("explanation")
    const { output: lines } = await run("--essay", "--json")
    expect(JSON.parse(lines)).toHaveLength(7)
  })

  test("chooses devices by goal and limits where none are given", async () => {
    const { output } = await run(
      "gpt3-13b",
      "--on",
      "a100",
      "--deadline",
      "30d",
      "--goal",
      "money",
      "--json",
    )
    const plan: { verdict: { word: string } } = JSON.parse(output)
    expect(plan.verdict.word).toBe("possible")
  })

  test("plans any function that Tradespace can trace, saying what it takes for data", async () => {
    const weights = "f32[784, 128], f32[128, 10]"
    const asked = ["--gpus", "8", "--tokens", "1e9"]
    const named = await run(
      ...[perceptron, ...traced(`${weights}, f32[B, 784], f32[B, 10]`), ...asked],
    )
    expect(named.output).toContain("data: arguments 3, 4 (by its shape")
    expect(named.output).toContain("parameters: arguments 1, 2, 101,632 numbers")
    expect(named.output).toMatch(/loss on 8 × A100 SXM4 80GB, 1 B samples/)
    const sized = traced(`${weights}, f32[64, 784], f32[64, 10]`)
    const { output } = await run(...[perceptron, ...sized, ...asked, "--data", "3", "--json"])
    const plan: { network: object; taken: string } = JSON.parse(output)
    // The labels were not said to be data, so they are trained.
    expect(plan.network).toMatchObject({ parameters: 101_632 + 640, layers: 2 })
    expect(plan.taken).toContain("data: argument 3 (as given), 64 samples a call")
  })

  test("a file that describes a network is checked field by field", async () => {
    const described = { parameters: 1e9, flop: 2e9, activationBytes: 1e6 }
    const folder = mkdtempSync(join(tmpdir(), "tradespace-"))
    const path = join(folder, "network.json")
    const tried = async (fields: object) => {
      writeFileSync(path, JSON.stringify({ ...described, ...fields }))
      return await run(path, "--on", "h100", "--gpus", "8", "--tokens", "1e9")
    }
    expect((await tried({ layers: 4 })).status).toBe(0)
    expect((await tried({ layers: 2.5 })).errors).toMatch(/layers 2.5: it must be a whole number/)
    expect((await tried({ layer: 4 })).errors).toMatch(/has a field layer: its fields are/)
    expect((await tried({ flop: "many" })).errors).toMatch(/flop "many": it must be a positive/)
    rmSync(folder, { recursive: true })
  })

  test("a batch keeps its tokens when samples grow longer", async () => {
    const { output } = await run(
      ...["gpt3-175b", "--on", "h100", "--gpus", "1024", "--sequence", "8192", "--json"],
    )
    const plan: { budget: { referenceBatch: number } } = JSON.parse(output)
    expect(plan.budget.referenceBatch).toBe(1536 * 2048)
  })

  test("--svg alone draws the frontier", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tradespace-"))
    const path = join(folder, "frontier.svg")
    await run("gpt2-124m", "--on", "h100", "--most", "64", "--svg", path)
    expect(readFileSync(path, "utf8")).toMatch(/^<svg .*<\/svg>$/s)
    rmSync(folder, { recursive: true })
  })

  test("says when limits can be kept alone and not together", async () => {
    const { output, status } = await run(
      ...["gpt3-175b", "--on", "a100", "--deadline", "4d", "--budget", "900000"],
    )
    expect(status).toBe(0)
    expect(output).toMatch(/a deadline of 4 days and a budget of \$900 k together, though each can/)
  })

  test.each([
    [["gtp3-175b", "--on", "h100"], /no network is called "gtp3-175b": the nearest are gpt3-175b/],
    [["gpt3-175b", "--on", "h1000"], /no machine called "h1000"; nearest are/],
    [["gpt3-175b"], /no hardware is given/],
    [[], /no network is given/],
    [["gpt3-175b", "--on", "h100", "--gpus", "ten"], /--gpus is "ten"/],
    [["gpt3-175b", "--on", "h100", "--gpus", "1e12"], /a billion devices/],
    [["gpt3-175b", "--on", "h100", "--tokens", "1e30"], /have never been written/],
    [["gpt3-175b", "--on", "h100", "--deadline", "30 parsecs"], /--deadline is "30 parsecs"/],
    [["gpt3-175b", "--on", "h100", "--gpus", "8", "--most", "9"], /give one of the two/],
    [["gpt3-175b", "--on", "h100", "--gpus", "8", "--fix", "tensor=7"], /96 heads cannot be/],
    [["gpt3-175b", "--on", "h100", "--gpus", "8", "--fix", "teeth=7"], /--fix has "teeth=7"/],
    [["alexnet", "--on", "h100", "--sequence", "9"], /has no sequence to set/],
    [["nowhere.json", "--on", "h100"], /the network file nowhere.json cannot be read/],
    [["gpt3-175b", "--on", "h100", "--potential", "deep"], /write earth, flat or/],
    [["gpt3-175b", "--on", "h100", "--fix", "tensor=8,tensor=4"], /gives tensor twice/],
    [["gpt3-175b", "--on", "v100", "--precision", "float8"], /no units for: say float16/],
    [["gpt3-175b", "--on", "h100", "--most", "64", "--svg", "nowhere/a.svg"], /folder that exists/],
    [["gpt3-175b", "--on", "h100", "--data", "1"], /--data is for functions/],
    [[perceptron, "--on", "h100"], /name its function with --export/],
    [[perceptron, ...traced("f32[9], f32[B, 9], f32[C]")], /named sizes B, C/],
    [
      [perceptron, ...traced("f32[9, 4], f32[4, 1], f32[8, 9], f32[8, 1]"), "--data", "5"],
      /1 to 4/,
    ],
    [[perceptron, ...traced("f32[9, 4], f32[4, 1], f32[8, 9"), "--gpus", "8"], /at character/],
    [[perceptron, "--on", "h100", "--export", "lose", "--args", "f32[1]"], /no export lose/],
  ])("%j is answered with one sentence and status 2", async (args, message) => {
    const { errors, output, status } = await run(...args)
    expect(status).toBe(2)
    expect(errors).toMatch(message)
    expect(errors.trim().split("\n")).toHaveLength(1)
    expect(output).toBe("")
  })
})
