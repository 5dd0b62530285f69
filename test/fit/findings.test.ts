import { expect, test } from "vitest"
import { machineFiles } from "../../src/data/index.ts"
import { fit as fitNetwork, loadNetwork } from "../../src/fit/index.ts"
import { tableSolver } from "../../src/fit/tables/table-solver.ts"
import { tableFile } from "./table-file.ts"
import { generator, houses } from "./tables.ts"

/** Names of what the checks find in a table. */
async function findingsOf(text: string, options = {}): Promise<string[]> {
  const source = await tableFile("data.csv", text)
  const { findings } = await tableSolver.prepare(source, { seed: 0, ...options }, machineFiles)
  return findings.map(({ name }) => name)
}

/** A table of 200 rows by a function of the row's number and a random number. */
function rows(head: string, of: (i: number, random: () => number) => string): string {
  const random = generator(5)
  return `${head}\n${Array.from({ length: 200 }, (_, i) => of(i, random)).join("\n")}\n`
}

const noise = (random: () => number): string => random().toFixed(6)

const found: [name: string, text: string][] = [
  ["constant-column", rows("a,b,y", (_i, random) => `${noise(random)},7,${noise(random)}`)],
  ["empty-column", rows("a,b,y", (_i, random) => `${noise(random)},NA,${noise(random)}`)],
  ["id-like-column", rows("id,a,y", (i, random) => `${i},${noise(random)},${noise(random)}`)],
  ["id-like-column", rows("who,a,y", (i, random) => `w${i},${noise(random)},${noise(random)}`)],
  [
    "target-leak",
    rows("a,b,y", (_i, random) => {
      const y = random()
      return `${noise(random)},${3 * y + 1},${y}`
    }),
  ],
  [
    "target-leak",
    rows("a,b,y", (i, random) => `${noise(random)},${i % 2 ? "p" : "q"},${i % 2 ? "yes" : "no"}`),
  ],
  [
    "target-copy",
    rows("a,b,y", (_i, random) => {
      const y = noise(random)
      return `${noise(random)},${y},${y}`
    }),
  ],
  ["duplicate-rows", rows("a,y", (i) => `${i % 50},${(i % 50) * 2.5}`)],
  ["class-imbalance", rows("a,y", (i, random) => `${noise(random)},${i < 8 ? "rare" : "often"}`)],
  ["missing-target", rows("a,y", (i, random) => `${noise(random)},${i < 8 ? "" : noise(random)}`)],
  [
    "mixed-types",
    rows("a,y", (i, random) => `${i === 3 ? "oops" : noise(random)},${noise(random)}`),
  ],
  [
    "mostly-missing",
    rows("a,b,y", (i, random) => `${i % 4 ? "" : i},${noise(random)},${noise(random)}`),
  ],
  [
    "time-order",
    rows("day,a,y", (i, random) => `2024-01-${1 + (i % 28)},${noise(random)},${noise(random)}`),
  ],
  [
    "text-column",
    rows(
      "t,a,y",
      (i, random) =>
        `the quick brown fox number ${i} jumps over the dog,${noise(random)},${noise(random)}`,
    ),
  ],
]
const commas = (random: () => number): string => noise(random).replace(".", ",")
found.push(
  ["decimal-commas", rows("a;b;y", (_i, r) => [1, 2, 3].map(() => commas(r)).join(";"))],
  [
    "decimal-commas",
    rows("a;b;y", (i, r) => `${i % 5 ? commas(r) : "1.5"};${commas(r)};${commas(r)}`),
  ],
  ["thousands-commas", rows("a;y", (i) => `${1 + (i % 9)},${100 + (i % 7)};${i % 3}`)],
  ["id-like-column", rows("a,b,y", (i, r) => `${(i * 77) % 211},${noise(r)},${noise(r)}`)],
  [
    "rounded-integers",
    rows("a,b,y", (i, r) => `9${(i * 77) % 211}345678901234567,${noise(r)},${noise(r)}`),
  ],
)
found.push(
  // No cell of the table says whether 1.200 is a thousand and more.
  ["unclear-points", rows("a;y", (i) => `${i % 3 ? `${1 + (i % 9)}.${100 + i}` : i};${i % 2}`)],
  ["no-header", rows("3,0.25,b,7", (i, r) => `${i % 5},${noise(r)},${i % 2 ? "a" : "b"},${i % 3}`)],
)
found.push(
  ["numbers-with-units", rows("a,b,y", (_i, r) => `${noise(r)}%,${noise(r)},${noise(r)}`)],
  ["numbers-with-units", rows("a;b;y", (i, r) => `$${i},250.5;${noise(r)};${noise(r)}`)],
  ["unclear-dates", rows("a,b,y", (i, r) => `${1 + (i % 28)}/5/2024,${noise(r)},${noise(r)}`)],
)
test.each(found)("%s is found", async (name, text) => {
  expect(await findingsOf(text)).toContain(name)
})

test("a plain table has nothing out of the ordinary", async () => {
  expect(
    await findingsOf(rows("a,b,y", (_i, random) => [1, 2, 3].map(() => noise(random)).join())),
  ).toEqual([])
})

test("years, and names of which some are words, are no row", async () => {
  const lines = (head: string) => rows(head, (_i, r) => [1, 2, 3].map(() => noise(r)).join())
  for (const head of ["2019,2020,2021", "1,a,2"]) expect(await findingsOf(lines(head))).toEqual([])
})

test("a table without names is learned from with --no-header, and read alike afterwards", async () => {
  const source = await tableFile(
    "bare.csv",
    rows("0.5,1", (i, r) => `${noise(r)},${i % 2}`),
  )
  const network = await fitNetwork(source, { header: false, steps: 2, size: "xs" })
  expect(network.record.split).toMatchObject({ training: 129, validation: 32, test: 40 })
  expect(network.record.findings.map(({ name }) => name)).not.toContain("no-header")
  const { rows: told, notes } = await network.predictFile(source)
  expect(told).toHaveLength(201)
  expect(notes).toEqual([])
})

test("test rows that were learned from are found", async () => {
  const source = await tableFile("train.csv", houses(200))
  const { findings } = await tableSolver.prepare(source, { seed: 0, test: source }, machineFiles)
  expect(findings.map(({ name }) => name)).toContain("duplicates-across-splits")
})

test("rows are held out by class, by group and by time", async () => {
  const source = await tableFile(
    "data.csv",
    rows(
      "when,who,a,y",
      (i, random) => `${2000 + i},p${i % 20},${noise(random)},${i % 4 ? "b" : "c"}`,
    ),
  )
  const split = async (options: object) =>
    (await tableSolver.prepare(source, { seed: 0, ...options }, machineFiles)).split
  expect(await split({})).toMatchObject({ training: 128, validation: 32, test: 40 })
  expect((await split({ group: "who" })).how).toContain('by group: rows with one "who"')
  expect((await split({ time: "when" })).how).toContain('by time: the latest of "when"')
})

const senseless: readonly [what: string, text: string, options: object, message: string][] = [
  ["one class", rows("a,y", (i) => `${i * 0.5},same`), {}, "nothing to tell apart"],
  [
    "a constant target",
    rows("a,y", (i) => `${i * 0.5},1.5`),
    { task: "regression" },
    "1.5 in every row",
  ],
  ["a target that is no column", rows("a,y", (i) => `${i},${i}`), { target: "z" }, 'no column "z"'],
  [
    "a target of words for regression",
    rows("a,y", (i) => `${i},w${i % 3}`),
    { task: "regression" },
    "words",
  ],
  [
    "a target that is never there",
    rows("a,y", (i) => `${i},`),
    { task: "regression" },
    "no values at all",
  ],
  ["one column", rows("y", (i) => `${i % 2}`), {}, "nothing to predict it from"],
  ["only useless columns", rows("id,y", (i) => `${i},${(i * 7) % 13}.5`), {}, "is left to predict"],
  ["an unknown task", rows("a,y", (i) => `${i},${i}`), { task: "dance" }, "task is dance"],
  [
    "an unknown network",
    rows("a,y", (i) => `${i / 3},${i % 7}.5`),
    { network: "x" },
    "network is x",
  ],
  [
    "more classes than can be learned",
    rows("a,y", (i) => `${i / 3},w${i}`),
    {},
    "200 classes in 200 rows",
  ],
  [
    "a target whose decimal commas are mixed with points",
    rows("a;y", (i, r) => `${i / 3};${i % 9 ? noise(r).replace(".", ",") : noise(r)}`),
    {},
    "looks like numbers with decimal commas",
  ],
]
test("a target with decimal commas is an amount, and commas in rows to predict for are decimal too", async () => {
  const source = await tableFile(
    "preise.csv",
    rows("a;preis", (_i, r) => `${commas(r)};${commas(r)}`),
  )
  const { task } = await tableSolver.prepare(source, { seed: 0 }, machineFiles)
  expect(task).toMatchObject({ goal: "regression", target: "preis" })
  const network = await fitNetwork(source, { steps: 2, size: "xs" })
  const told = await network.predict([{ a: "1,234" }])
  expect(told).toEqual(await network.predict([{ a: 1.234 }]))
  // So they do for a network that was saved when only that was kept of reading.
  const files = network.toFiles()
  const { preprocessing, ...others } = JSON.parse(
    new TextDecoder().decode(files.get("network.json")),
  )
  const { reading, ...before } = preprocessing
  expect(reading).toEqual({ commas: { usual: "decimal", others: [] } })
  const description = { ...others, preprocessing: { ...before, commas: "decimal" } }
  files.set("network.json", new TextEncoder().encode(JSON.stringify(description)))
  expect(await (await loadNetwork(files)).predict([{ a: "1,234" }])).toEqual(told)
})

test.each(senseless)("%s is refused in a sentence", async (_what, text, options, message) => {
  const source = await tableFile("data.csv", text)
  await expect(fitNetwork(source, { ...options, steps: 1 })).rejects.toThrow(message)
})
