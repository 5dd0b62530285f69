import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeEach, describe, expect, test, vi } from "vitest"
import { type Device, openNative, openNativeOrCpu } from "../../../src/device/index.ts"
import { GraphBuilder, operations as op } from "../../../src/graph/index.ts"
import { compiler } from "./compiler.ts"

const folder = await mkdtemp(join(tmpdir(), "tradespace-test-"))
afterAll(() => rm(folder, { recursive: true, force: true }))

/** A command that stands where a compiler should. */
async function script(name: string, text: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, `#!/bin/sh\n${text}\n`)
  await chmod(path, 0o755)
  return path
}

/** What a device makes of 1, 2, 3 by doubling, through a program of its own. */
async function doubled(device: Device): Promise<readonly number[]> {
  const b = new GraphBuilder()
  const x = b.input({ shape: [3], dtype: "float32" })
  const executable = device.compile(b.build([op.add(b, x, x)]))
  const given = device.put(Float32Array.of(1, 2, 3), [3], "float32")
  const [result] = executable.run([given])
  const values = Array.from(await result.read(), Number)
  for (const array of [given, result]) array.free()
  executable.dispose()
  return values
}

const warned = vi.spyOn(console, "warn").mockImplementation(() => {})
beforeEach(() => {
  warned.mockClear()
})

test("without a compiler, programs run on cpu, and why is said once, in one line", async () => {
  const command = join(folder, "no-such-compiler")
  for (const compiler of [{ command }, { command }]) {
    const device = await openNativeOrCpu({ threads: 1, compiler })
    expect(device.name).toBe("cpu")
    expect(await doubled(device)).toEqual([2, 4, 6])
    await device.close()
  }
  expect(warned).toHaveBeenCalledTimes(1)
  expect(warned.mock.calls[0][0]).toMatch(
    /^tradespace: no native device here .*is not there[^\n]*$/,
  )
})

test("a command that fails is no compiler", async () => {
  const command = await script("failing", "echo 'error: no licence' >&2; exit 3")
  await expect(openNative({ compiler: { command } })).rejects.toThrow(/failed: error: no licence/)
})

test("a compiler that tells its version but compiles nothing is refused when the device opens", async () => {
  const command = await script(
    "half",
    'echo "#define __clang__ 1"; case "$*" in *--version*|*-dM*) exit 0;; esac; exit 1',
  )
  const cache = { folder: join(folder, "half-cache") }
  await expect(openNative({ compiler: { command }, cache })).rejects.toThrow(/failed/)
})

describe.skipIf(compiler === undefined)("with a compiler", () => {
  const real = compiler?.command ?? "cc"

  test("a program that it refuses runs as Wasm, which is said once", async () => {
    // It compiles the runtime, whose text is the one with threads, and nothing else.
    const command = await script(
      "partial",
      `for last in "$@"; do case "$last" in *.c) grep -q pthread_create "$last" || { echo "error: refused" >&2; exit 1; };; esac; done
exec ${real} "$@"`,
    )
    const cache = { folder: join(folder, "partial-cache") }
    const device = await openNative({ threads: 2, compiler: { command }, cache })
    expect(device.name).toBe("native")
    expect(await doubled(device)).toEqual([2, 4, 6])
    expect(await doubled(device)).toEqual([2, 4, 6])
    await device.close()
    expect(warned).toHaveBeenCalledTimes(1)
    expect(warned.mock.calls[0][0]).toMatch(
      /^tradespace: a program was not compiled .*refused[^\n]*$/,
    )
  })

  test("a program that it takes too long for runs as Wasm", async () => {
    const command = await script(
      "slow",
      `for last in "$@"; do case "$last" in *.c) grep -q pthread_create "$last" || exec sleep 30;; esac; done
exec ${real} "$@"`,
    )
    const cache = { folder: join(folder, "slow-cache"), timeout: 3000 }
    const device = await openNative({ threads: 1, compiler: { command }, cache })
    expect(await doubled(device)).toEqual([2, 4, 6])
    await device.close()
    expect(warned.mock.calls[0][0]).toContain("took longer than 3 s")
  })

  test("libraries are kept: another device with the same compiler builds nothing", async () => {
    const log = join(folder, "log")
    const command = await script("counting", `echo once >> ${log}; exec ${real} "$@"`)
    const cache = { folder: join(folder, "kept") }
    const runs: number[] = []
    for (let i = 0; i < 2; i++) {
      const device = await openNative({ threads: 1, compiler: { command }, cache })
      expect(await doubled(device)).toEqual([2, 4, 6])
      await device.close()
      runs.push((await readFile(log, "utf8")).trim().split("\n").length)
    }
    // Two questions and two libraries; then two questions.
    expect(runs).toEqual([4, 6])
  })

  test("a library that is broken, or another machine's, is built again", async () => {
    const cache = { folder: join(folder, "broken") }
    const first = await openNative({ threads: 1, cache })
    expect(await doubled(first)).toEqual([2, 4, 6])
    await first.close()
    const names = (await readdir(cache.folder)).filter((name) => name.endsWith(".so"))
    expect(names.length).toBe(2)
    for (const name of names) {
      // Another file in its place: the old one may still be loaded.
      await rm(join(cache.folder, name))
      await writeFile(join(cache.folder, name), "not a library")
    }
    const second = await openNative({ threads: 1, cache })
    expect(await doubled(second)).toEqual([2, 4, 6])
    await second.close()
    expect(warned).not.toHaveBeenCalled()
    for (const name of names) {
      expect((await stat(join(cache.folder, name))).size).toBeGreaterThan(1000)
    }
  })

  test("a folder that cannot be written does without a cache", async () => {
    const file = join(folder, "a-file")
    await writeFile(file, "")
    const device = await openNative({ threads: 1, cache: { folder: join(file, "inside") } })
    expect(await doubled(device)).toEqual([2, 4, 6])
    await device.close()
  })

  test("what was used longest ago leaves when the cache is full", async () => {
    const cache = { folder: join(folder, "full"), maximumBytes: 1 }
    await mkdir(cache.folder)
    const device = await openNative({ threads: 1, cache })
    expect(await doubled(device)).toEqual([2, 4, 6])
    await device.close()
    const left = (await readdir(cache.folder)).filter((name) => name.endsWith(".so"))
    expect(left.length).toBe(1)
  })
})
