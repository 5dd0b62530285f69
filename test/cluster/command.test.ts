import { Command } from "commander"
import { afterEach, describe, expect, test, vi } from "vitest"
import { planCommand } from "../../src/cli/plan.ts"

/** Runs `tradespace plan …` in this process; what it wrote and the status it would end with. */
function run(...args: string[]) {
  let out = ""
  let err = ""
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    out += String(text)
    return true
  })
  vi.spyOn(console, "log").mockImplementation((text) => {
    out += `${String(text)}\n`
  })
  const plan = planCommand()
    .exitOverride()
    .configureOutput({ writeErr: (text) => (err += text) })
  const program = new Command("tradespace").exitOverride().addCommand(plan)
  let status = 0
  try {
    program.parse(["plan", ...args], { from: "user" })
  } catch (error) {
    if (!(error instanceof Error && "exitCode" in error)) throw error
    status = Number(error.exitCode)
  }
  vi.restoreAllMocks()
  return { out, err, status }
}

afterEach(() => vi.restoreAllMocks())

describe("tradespace plan", () => {
  test("answers for GPT-3 on a thousand V100", () => {
    const { out, status } = run(
      ...["gpt3-175b", "--on", "v100", "--gpus", "1024", "--tokens", "300e9"],
      ...["--deadline", "90d", "--budget", "5e6"],
    )
    expect(status).toBe(0)
    expect(out).toMatch(/answer\s+possible/)
    expect(out).toContain("in the words of constructor theory")
  })

  test("--json writes one document and nothing else", () => {
    const { out } = run("llama3-8b", "--on", "h100", "--gpus", "64", "--json", "--explain")
    const plan: unknown = JSON.parse(out)
    expect(plan).toMatchObject({ devices: 64, verdict: { word: "possible" } })
    expect(plan).toHaveProperty("explanation")
    expect(JSON.parse(run("--essay", "--json").out)).toHaveLength(7)
  })

  test("chooses devices by goal and limits where none are given", () => {
    const { out } = run(
      "gpt3-13b",
      "--on",
      "a100",
      "--deadline",
      "30d",
      "--goal",
      "money",
      "--json",
    )
    const plan: { verdict: { word: string } } = JSON.parse(out)
    expect(plan.verdict.word).toBe("possible")
  })

  test("says when limits can be kept alone and not together", () => {
    const { out, status } = run(
      ...["gpt3-175b", "--on", "a100", "--deadline", "4d", "--budget", "900000"],
    )
    expect(status).toBe(0)
    expect(out).toMatch(/a deadline of 4 days and a budget of \$900 k together, though each can/)
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
  ])("%j is answered with one sentence and status 2", (args, message) => {
    const { err, out, status } = run(...args)
    expect(status).toBe(2)
    expect(err).toMatch(message)
    expect(err.trim().split("\n")).toHaveLength(1)
    expect(out).toBe("")
  })
})
