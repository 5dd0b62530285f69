import { mkdir, mkdtemp, readdir, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { beforeAll, expect, test } from "vitest"
import { houses } from "../fit/tables.ts"
import { oneSentence } from "./command.ts"
import { inProcess } from "./in-process.ts"

let folder: string
const at = (name: string): string => join(folder, name)

const lines = (count: number, of: (i: number) => string): string =>
  `${Array.from({ length: count }, (_, i) => of(i)).join("\n")}\n`

const files: Readonly<Record<string, string | Uint8Array>> = {
  "windows.csv": Buffer.from(`a,stadt,y\n${lines(80, (i) => `${i},K\u00f6ln,${i % 7}`)}`, "latin1"),
  "wide.csv": Buffer.from(`a,b,y\n${lines(80, (i) => `${i},${i % 3},${i % 7}`)}`, "utf16le"),
  "empty.csv": "",
  "head.csv": "a,b,y\n",
  "one-class.csv": `a,y\n${lines(80, (i) => `${i * 0.37},same`)}`,
  "constant.csv": `a,y\n${lines(80, (i) => `${i * 0.37},1.5`)}`,
  "pipes.csv": `a|b|y\n${lines(80, (i) => `${i * 0.37}|${i % 5}|${i % 3}`)}`,
  "mixed.csv": `a,y\n${lines(80, (i) => `${i * 0.37},${i % 3 === 0 ? `w${i}` : i * 1.7}`)}`,
  "broken.parquet": "PAR1 and nothing else",
  "torn.jsonl": '{"a": 1, "y": 2}\n{"a": 1, "y":\n',
  "houses.csv": houses(60),
  "empty.txt": " \n",
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tradespace-bad-"))
  for (const [name, text] of Object.entries(files)) await writeFile(at(name), text)
  await mkdir(at("pictures/cat"), { recursive: true })
  await mkdir(at("pictures/dog"))
  for (const kind of ["cat", "dog"]) {
    for (let i = 0; i < 5; i++) await writeFile(at(`pictures/${kind}/${i}.jpg`), "no image")
  }
  await mkdir(at("other"))
  await writeFile(at("other/network.json"), '{"format": "tradespace network", "version": 99}')
  await mkdir(at("strange"))
  await writeFile(at("strange/notes.txt"), "mine")
})

const fits: readonly [what: string, args: readonly string[], status: number, message: string][] = [
  ["an empty table", ["empty.csv"], 1, "is empty: it has no columns"],
  ["a table without rows", ["head.csv"], 1, "column names (a, b, y) and no rows"],
  ["one class", ["one-class.csv"], 1, '"same" in every row: there is nothing to tell apart'],
  ["a constant target", ["constant.csv", "--task", "regression"], 1, "is 1.5 in every row"],
  ["no such target", ["houses.csv", "--target", "prize"], 2, 'no column "prize": its columns are'],
  ["a wrong delimiter", ["pipes.csv", "--delimiter", ";"], 1, 'set apart by "|"'],
  [
    "a target of numbers and words",
    ["mixed.csv", "--task", "regression"],
    1,
    "holds words such as",
  ],
  ["a table in Windows-1252", ["windows.csv"], 1, "is not in UTF-8"],
  ["a table in UTF-16", ["wide.csv"], 1, "iconv -f UTF-16 -t UTF-8"],
  ["a horizon for a table", ["houses.csv", "--horizon", "12"], 2, "a table is a series where"],
  ["what is no Parquet", ["broken.parquet"], 1, "is no readable parquet table"],
  ["a line that is no JSON", ["torn.jsonl"], 1, "is no readable json table"],
  ["a text without letters", ["empty.txt"], 1, "holds no text"],
  ["images of which none is whole", ["pictures"], 1, "where at most 10 % may be"],
  ["a file that is not there", ["nowhere.csv"], 1, "cannot be read"],
  ["data of no kind", ["strange/notes.pdf"], 2, "is of no kind that is known"],
]

test.each(fits)(
  "fit refuses %s in a sentence, and writes nothing",
  async (_what, given, code, message) => {
    const [name, ...args] = given
    const before = await readdir(folder)
    const { status, output, errors } = await inProcess(
      ...["fit", at(name), ...args, "--json", "--steps", "1", "--out", at("out")],
    )
    const last = `${errors.trimEnd().split("\n").at(-1)}\n`
    expect(last).toContain(message)
    expect(last).toMatch(oneSentence)
    expect({ status, output }).toEqual({ status: code, output: "" })
    expect(await readdir(folder)).toEqual(before)
  },
)

const uses: readonly [command: string, folder: string, message: string][] = [
  ["predict", "strange", "holds no fitted network: its network.json cannot be read"],
  ["serve", "strange", "holds no fitted network"],
  ["export", "other", "it is of version 99, where version"],
  ["predict", "other", "it is of version 99, where version"],
]

test.each(uses)("%s refuses the folder %s in a sentence", async (command, name, message) => {
  const row = command === "predict" ? ["--row", "{}"] : []
  const { status, output, errors } = await inProcess(command, at(name), ...row)
  expect(errors).toContain(message)
  expect(errors).toMatch(oneSentence)
  expect({ status, output }).toEqual({ status: 1, output: "" })
})

test("a folder with other things is refused before the work begins", async () => {
  const { status, errors } = await inProcess("fit", at("nowhere.csv"), "--out", at("strange"))
  expect(errors).toContain("holds notes.txt, which is not mine to replace")
  expect(status).toBe(1)
  expect(await readdir(at("strange"))).toEqual(["notes.txt"])
})
