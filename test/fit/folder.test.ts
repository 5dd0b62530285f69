import { mkdir, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { beforeEach, describe, expect, test } from "vitest"
import { writeFolder } from "../../src/fit/folder.ts"

let parent: string
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "tradespace-"))
})

describe("writing a folder", () => {
  test("makes it with all its parents", async () => {
    const folder = join(parent, "a", "b")
    await writeFolder(folder, new Map([["x", "1"]]))
    expect(await readFile(join(folder, "x"), "utf8")).toBe("1")
  })

  test("replaces its own files and leaves nothing beside it", async () => {
    const folder = join(parent, "net")
    await writeFolder(folder, new Map([["x", "1"]]))
    const files = new Map<string, string | Uint8Array>([["x", "2"]])
    await writeFolder(folder, files.set("y", Uint8Array.of(3)))
    expect(await readFile(join(folder, "x"), "utf8")).toBe("2")
    expect(await readdir(parent)).toEqual(["net"])
  })

  test("refuses a folder that holds something else, and does not touch it", async () => {
    const folder = join(parent, "home")
    await mkdir(folder)
    await writeFile(join(folder, "diary"), "mine")
    await expect(writeFolder(folder, new Map([["x", "1"]]))).rejects.toThrow("holds diary")
    expect(await readdir(folder)).toEqual(["diary"])
    expect(await readdir(parent)).toEqual(["home"])
  })

  test("that fails half-way leaves the folder as it was", async () => {
    const folder = join(parent, "net")
    await writeFolder(folder, new Map([["x", "1"]]))
    const bad = new Map([
      ["x", "2"],
      ["no/such/place", "3"],
    ])
    await expect(writeFolder(folder, bad)).rejects.toThrow()
    expect(await readFile(join(folder, "x"), "utf8")).toBe("1")
    expect(await readdir(parent)).toEqual(["net"])
  })

  test("says so where a file is in the way", async () => {
    const path = join(parent, "file")
    await writeFile(path, "")
    await expect(writeFolder(path, new Map())).rejects.toThrow("is a file: name a folder")
  })
})
