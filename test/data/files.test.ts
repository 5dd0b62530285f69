import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { gzipSync } from "node:zlib"
import { describe, expect, test } from "vitest"
import { filesOf, folderOf, machineFiles, pathIn, readTable } from "../../src/data/index.ts"

const contents = new Map([
  ["houses.csv", "rooms,city\n3,Oslo\n5,Bergen\n"],
  ["pictures/cat/2.png", "two"],
  ["pictures/cat/1.png", "one"],
  ["pictures/dog/1.png", "another"],
])
const folder = mkdtempSync(join(tmpdir(), "tradespace-"))
for (const [path, text] of contents) {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}
symlinkSync(join(folder, "pictures"), join(folder, "linked"))

const bytes = new Map(
  Array.from(contents, ([path, text]) => [path, new TextEncoder().encode(text)] as const),
)
const blobs = new Map(
  Array.from(contents, ([path, text]) => [`./${path}`, new Blob([text])] as const),
)
const chosen = Array.from(contents, ([path, text]) => new File([text], path))

describe.each([
  ["this machine", machineFiles, (path: string) => join(folder, path)],
  ["bytes", filesOf(bytes), (path: string) => path],
  ["blobs", filesOf(blobs), (path: string) => path],
  ["chosen files", filesOf(chosen), (path: string) => path],
] as const)("files of %s", (_, files, place) => {
  test("are listed by name and read by path", async () => {
    expect(await files.list(place("pictures"))).toEqual([
      { name: "cat", isFolder: true },
      { name: "dog", isFolder: true },
    ])
    expect(await files.list(place("pictures/cat/"))).toEqual([
      { name: "1.png", isFolder: false },
      { name: "2.png", isFolder: false },
    ])
    const kinds = ["pictures", "houses.csv", "gone"].map((path) => files.kindOf(place(path)))
    expect(await Promise.all(kinds)).toEqual(["folder", "file", undefined])
    expect(new TextDecoder().decode(await files.read(place("pictures/cat/1.png")))).toBe("one")
    expect(new TextDecoder().decode(await files.readStart(place("houses.csv"), 5))).toBe("rooms")
    await expect(files.read(place("gone.csv"))).rejects.toThrow("gone.csv cannot be read: name a")
  })

  test("hold tables", async () => {
    const table = await readTable(place("houses.csv"), { files })
    expect(table).toMatchObject({ rows: 2, columns: [{ name: "rooms" }, { name: "city" }] })
  })
})

test("links are what they lead to", async () => {
  const names = (await machineFiles.list(folder)).filter(({ isFolder }) => isFolder)
  expect(names.map(({ name }) => name)).toEqual(["linked", "pictures"])
})

test("bytes of a table may be compressed", async () => {
  const compressed = gzipSync("rooms,city\n3,Oslo\n5,Bergen\n")
  const table = await readTable({ name: "houses.csv.gz", bytes: compressed })
  expect(table.rows).toBe(2)
  const cut = readTable({ name: "houses.csv.gz", bytes: compressed.subarray(0, 20) })
  await expect(cut).rejects.toThrow("houses.csv.gz is compressed with gzip and cut short or broken")
})

test("paths are joined and cut as they are written", () => {
  expect(pathIn("out/", "a.png")).toBe("out/a.png")
  expect(pathIn("", "a.png")).toBe("a.png")
  expect(pathIn("out", "/data/a.png")).toBe("/data/a.png")
  expect(["out/a.csv", "a.csv", "/a.csv"].map(folderOf)).toEqual(["out", "", "/"])
})
