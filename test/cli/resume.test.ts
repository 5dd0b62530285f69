import { access, mkdtemp, readFile, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { beforeAll, expect, test } from "vitest"
import { hasNative } from "../../src/device/index.ts"
import { houses } from "../fit/tables.ts"
import { type Outcome, oneSentence, outcome, start } from "./command.ts"
import { inProcess } from "./in-process.ts"

let folder: string
let table: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tradespace-"))
  table = join(folder, "houses.csv")
  await writeFile(table, houses(2000))
})

const steps = ["--size", "xs", "--steps", "2500", "--seed", "3", "--threads", "1"]
const often = ["--checkpoint-every", "0.1s"]

/** Waits until a checkpoint is there; fails when the command ends before. */
async function checkpointIn(out: string, ended: Promise<Outcome>): Promise<void> {
  const place = join(out, "checkpoint.safetensors")
  let early: Outcome | undefined
  ended.then((found) => {
    early = found
  })
  for (;;) {
    const isThere = await access(place).then(
      () => true,
      () => false,
    )
    if (isThere) return
    if (early !== undefined) throw new Error(`the command ended at once: ${early.errors}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** The device, its precision and its own steps: compiled programs take more of them in a second. */
const ways: readonly (readonly [device: string, args: readonly string[]])[] = [
  ["cpu", ["--device", "cpu"]],
  ["native", ["--device", "native", "--precision", "bfloat16", "--steps", "3000"]],
]
const here = (await hasNative()) ? ways : ways.slice(0, 1)

test.each(here)("a fit that is killed on %s goes on to the same bits", async (device, own) => {
  const whole = join(folder, `whole-${device}`)
  const killed = join(folder, `killed-${device}`)
  const reference = await inProcess("fit", table, ...steps, ...own, "--out", whole)
  expect(reference.status).toBe(0)

  for (let times = 0; times < 2; times++) {
    const args = times === 0 ? ["fit", table, ...steps, ...own, ...often, "--out", killed] : []
    const again = ["fit", "--resume", killed, ...often, "--threads", "1"]
    const child = start(args.length > 0 ? args : again)
    const ended = outcome(child)
    await checkpointIn(killed, ended)
    // The second time later than the first, so that it is past the first checkpoint.
    await new Promise((resolve) => setTimeout(resolve, 500))
    child.kill("SIGKILL")
    await ended
  }
  const { status, errors } = await inProcess("fit", "--resume", killed, "--threads", "1")
  expect({ status, errors }).toEqual({ status: 0, errors: "" })
  const weights = (out: string): Promise<Buffer> => readFile(join(out, "weights.safetensors"))
  expect((await weights(killed)).equals(await weights(whole))).toBe(true)
  const { record } = JSON.parse(await readFile(join(killed, "network.json"), "utf8"))
  expect(record.environment.device).toBe(device)
  expect(record.command).toContain(own.slice(0, 2).join(" "))
  expect(record.options.precision).toBe(device === "native" ? "bfloat16" : undefined)
})

test("a fit that is asked to stop says how to go on", async () => {
  const out = join(folder, "stopped")
  const child = start(["fit", table, ...steps, ...often, "--out", out])
  const ended = outcome(child)
  await checkpointIn(out, ended)
  child.kill("SIGINT")
  const { status, errors } = await ended
  expect(status).toBe(130)
  expect(errors).toContain(`tradespace fit --resume ${out}`)
})

test("a fit does not go on where there is no checkpoint, or with other data", async () => {
  const none = await inProcess("fit", "--resume", join(folder, "none"))
  expect(none.status).toBe(1)
  expect(none.errors).toMatch(oneSentence)
  expect(none.errors).toContain("no checkpoint")

  const out = join(folder, "changed")
  const copy = join(folder, "copy.csv")
  await writeFile(copy, houses(2000))
  const child = start(["fit", copy, ...steps, ...often, "--out", out])
  const ended = outcome(child)
  await checkpointIn(out, ended)
  child.kill("SIGKILL")
  await ended
  await writeFile(copy, houses(2000, 2))
  const changed = await inProcess("fit", "--resume", out)
  expect(changed.status).toBe(1)
  expect(changed.errors).toContain("is not what it was when the fit began")
})
