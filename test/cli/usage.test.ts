import { describe, expect, test } from "vitest"
import { oneSentence, tradespace } from "./command.ts"
import { inProcess } from "./in-process.ts"

describe("the command", () => {
  test("tells what there is when asked, and that is success", async () => {
    const { status, output, errors } = await inProcess("--help")
    expect({ status, errors }).toEqual({ status: 0, errors: "" })
    for (const name of ["start", "price", "run", "fit", "predict", "devices", "plan"]) {
      expect(output).toMatch(new RegExp(`^  ${name} `, "m"))
      expect(await inProcess(name, "--help")).toMatchObject({ status: 0, errors: "" })
    }
  })

  test("knows its version", async () => {
    const { status, output } = await inProcess("--version")
    expect(status).toBe(0)
    expect(output).toMatch(/^\d+\.\d+\.\d+\n$/)
  })
})

describe("bad usage ends with status 2 and says what is wrong on standard error alone:", () => {
  const wrong: readonly [string, readonly string[], string][] = [
    ["an unknown command", ["frobnicate"], "unknown command 'frobnicate'"],
    ["an unknown option", ["devices", "--frob"], "unknown option '--frob'"],
    ["a missing argument", ["fit"], "name the data to learn from"],
    ["an unknown device", ["start", "--device", "abacus"], "Allowed choices are"],
    ["a time that is none", ["start", "--deadline", "soon"], "a time such as 90s, 2m or 1h"],
    ["threads that are none", ["start", "--threads", "0"], "a whole number from 1 up"],
    [
      "arguments that are none",
      ["run", "examples/multiply.ts", "--export", "multiply", "--args", "[2, 3"],
      '"[2, 3" is neither a type such as f32[1024] nor a value such as [2, 3, 4]',
    ],
    [
      "sizes that are not known",
      ["run", "examples/multiply.ts", "--export", "multiply", "--args", "f32[N]"],
      "N",
    ],
    [
      "an export that is not there",
      ["run", "examples/multiply.ts", "--export", "divide"],
      "there is no export divide; its functions are multiply",
    ],
    ["a file that is not there", ["run", "nowhere.ts", "--export", "f"], "nowhere.ts cannot be"],
    [
      "settings of a fit that goes on",
      ["fit", "--resume", "a", "--target", "b"],
      "--target is not for --resume, which goes on as the fit began",
    ],
    [
      "settings of data for a function",
      ["fit", "examples/pendulum.ts", "--export", "period", "--group", "b"],
      "--group is not for a function",
    ],
    [
      "settings of a function for data",
      ["fit", "a.csv", "--calls", "9"],
      "--calls is not for data",
    ],
    ["half a test set", ["fit", "a", "b", "--test", "c"], "--test takes two files"],
  ]
  test.each(wrong)("%s", async (_what, args, message) => {
    const { status, output, errors } = await inProcess(...args)
    expect(errors).toContain(message)
    expect(errors).toMatch(oneSentence)
    expect({ status, output }).toEqual({ status: 2, output: "" })
  })
})

test("a process ends with that status, and says it there too", async () => {
  const { status, output, errors } = await tradespace("devices", "--frob")
  expect({ status, output }).toEqual({ status: 2, output: "" })
  expect(errors).toBe("tradespace: unknown option '--frob'; --help tells more\n")
})

test("an error comes with its stack where that is asked for, and without it otherwise", async () => {
  const args = ["predict", "no/such/folder", "images"]
  const brief = await inProcess(...args)
  expect(brief).toMatchObject({ status: 1, output: "" })
  expect(brief.errors).toMatch(/^tradespace: no\/such\/folder holds no fitted network: [^\n]+\n$/)
  const full = await inProcess(...args, "--debug")
  expect(full.status).toBe(1)
  expect(full.errors).toMatch(/\n {4}at /)
})
