import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest"
import { calibrateDevice, closeDevices, f32, np, quote } from "../../src/index.ts"
import { oneSentence } from "./command.ts"
import { inProcess } from "./in-process.ts"

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tradespace-"))
  // A machine of which nothing is known.
  vi.stubEnv("XDG_CACHE_HOME", folder)
})
afterAll(async () => {
  await closeDevices()
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true, force: true })
})

const of = ["examples/multiply.ts", "--export", "multiply", "--args", "f32[4096]"]

test("a program measures a device well for the quotes that follow, whatever it was opened with", async () => {
  const rough = async () => (await quote(np.sum, [f32(64)], { device: "ram" })).rough
  expect(await rough()).toBe(true)
  expect((await calibrateDevice("ram", { threads: 1 })).rough).toBe(false)
  expect(await rough()).toBe(false)
  await expect(calibrateDevice("auto")).rejects.toThrow("chooses among devices")
  await expect(calibrateDevice("ram", { threads: 0 })).rejects.toThrow("at least 1")
})

describe("tradespace devices", () => {
  test("measures well what a rough quote was measured roughly for, as the note below it says", async () => {
    const asked = ["frontier", ...of, "--device", "cpu", "--threads", "1"]
    const before = await inProcess(...asked)
    const note = /^rough: cpu .*\ntradespace (devices --device cpu --threads 1)$/m.exec(
      before.output,
    )
    const measured = await inProcess(...(note?.[1].split(" ") ?? []))
    expect(measured).toMatchObject({ status: 0, errors: "" })
    expect(measured.output).toMatch(/^ +cpu +1 /m)
    const after = await inProcess(...asked)
    expect(after).toMatchObject({ status: 0, errors: "" })
    expect(after.output).not.toContain("rough")
  })

  test("takes several numbers of threads, of which one that a device has only once counts once", async () => {
    const json = await inProcess("devices", "--device", "ram", "--threads", "1,2", "--json")
    expect(JSON.parse(json.output)).toMatchObject([{ device: "ram", threads: 1, rough: false }])
  })

  test("fails where the one device that was asked for cannot be had", async () => {
    const refused = await inProcess("devices", "--device", "cpu", "--threads", "1000", "--json")
    expect(refused).toMatchObject({ status: 1, output: "" })
    expect(refused.errors).toContain("the cpu device has 1 to 64 threads, not 1000")
    expect(refused.errors).toMatch(oneSentence)
  })

  test("refuses numbers that are none, and what is no device by itself", async () => {
    for (const [args, message] of [
      [["--threads", "1,none"], "a whole number from 1 up"],
      [["--device", "auto"], "Allowed choices are cpu, ram, gpu, native"],
    ] as const) {
      const refused = await inProcess("devices", ...args)
      expect(refused).toMatchObject({ status: 2, output: "" })
      expect(refused.errors).toContain(message)
      expect(refused.errors).toMatch(oneSentence)
    }
  })
})
