import { mkdtemp, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setImmediate } from "node:timers/promises"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import fc from "fast-check"
import { beforeAll, describe, expect, test } from "vitest"
import {
  cellOf,
  columnOf,
  daysOf,
  habitOf,
  isTableHabit,
  kindOf,
  type ReadTableOptions,
  readTable,
  readTableParts,
  selectRows,
  type Table,
  TableBuilder,
  tableOf,
} from "../../src/data/index.ts"
import { learnFeatures } from "../../src/fit/tables/features.ts"

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tradespace-"))
})

async function file(name: string, content: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

/** All cells, row by row. */
function cells(table: Table): (string | number | undefined)[][] {
  return Array.from({ length: table.rows }, (_, row) =>
    table.columns.map((column) => cellOf(column, row)),
  )
}

test("a table in parts has the cells of the whole one, and columns of the forms of the whole", async () => {
  // Words come late: the first parts alone would be of numbers, or of strings.
  const rows = Array.from({ length: 9000 }, (_, i) =>
    [i, i % 3 === 0 && i > 8000 ? `w${i}` : i, i < 20 ? "n/k" : i, i % 7 === 0 ? "NA" : "a"].join(),
  )
  const path = await file("parts.csv", `count,late,early,word\n${rows.join("\n")}\n`)
  const whole = await readTable(path)
  const parts: Table[] = []
  for await (const part of readTableParts(path, { rows: () => 1000, least: 500 })) parts.push(part)
  expect(parts.map(({ rows: count }) => count)).toEqual([...Array(8).fill(1000), 1000])
  expect(parts.flatMap(cells)).toEqual(cells(whole))
  const forms = (table: Table) => table.columns.map(({ form }) => form)
  for (const part of parts) expect(forms(part)).toEqual(forms(whole))
  expect(forms(whole)).toEqual(["numbers", "strings", "numbers", "strings"])
  const one: Table[] = []
  for await (const part of readTableParts(path, { rows: () => 8700, least: 500 })) one.push(part)
  expect(one).toEqual([whole])
})

test("of a table in parts no more than two are held at once", async () => {
  const rows = Array.from({ length: 40_000 }, (_, i) => `${i},word${i % 50},${i / 7}`)
  const path = await file("many-parts.csv", `count,word,share\n${rows.join("\n")}\n`)
  setFlagsFromString("--expose-gc")
  const collect: () => void = runInNewContext("gc")
  const parts: WeakRef<Table>[] = []
  let most = 0
  for await (const part of readTableParts(path, { rows: () => 2000, least: 500 })) {
    parts.push(new WeakRef(part))
    // Weak references hold until the next turn.
    await setImmediate()
    collect()
    most = Math.max(most, parts.filter((each) => each.deref() !== undefined).length)
  }
  expect(parts.length).toBe(20)
  expect(most).toBeLessThanOrEqual(2)
})

test("what DuckDB takes for a number is what every reader does", async () => {
  const tricky = fc.stringMatching(/^[ \t+-]?[0-9_.,+-]{0,6}([eE.x][+-]?[0-9]{0,4})?[ \t]?$/)
  const word = fc.constantFrom(
    "inf",
    "-Infinity",
    "nan",
    "1e400",
    "1e-400",
    "0x1f",
    "1_000",
    "١",
    "5 ",
    "",
  )
  const number = fc.double({ noNaN: true }).map(String)
  const cell = fc.oneof(tricky, word, number, fc.string({ unit: "grapheme", maxLength: 40 }))
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(cell, cell), { minLength: 3, maxLength: 60 }),
      async (rows) => {
        const clean = rows.map((row) => row.map((each) => each.replaceAll(/[\r\n\0]/g, "")))
        const lines = clean.map((row, i) => `${i},${row.map(quoted).join(",")}`)
        const path = await file("tricky.csv", `row,a,b\n${lines.join("\n")}\n`)
        const [there, here] = await Promise.all([
          readTable(path, { delimiter: "," }),
          readTable(path, { delimiter: ",", engine: "javascript" }),
        ])
        expect(cells(there)).toEqual(cells(here))
      },
    ),
    { numRuns: 60 },
  )
})

test("every reader takes the same commas for decimal ones", async () => {
  const comma = fc.stringMatching(/^[+-]?[0-9]{0,4}(\.[0-9]{3})?,[0-9]{1,4}(,[0-9]{3})?$/)
  const whole = fc.integer({ min: -9999, max: 9999 }).map(String)
  const cell = fc.oneof(
    { arbitrary: comma, weight: 9 },
    whole,
    fc.constantFrom("", "NA", "1.5", "x"),
  )
  const price = fc.integer({ min: -99_999, max: 99_999 }).map((cents) => (cents / 100).toFixed(2))
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(comma, cell, price), { minLength: 3, maxLength: 40 }),
      async (rows) => {
        const lines = rows.map(([a, b, c], i) => [i, a, b, c.replace(".", ",")].join(";"))
        const path = await file("commas.csv", `row;a;b;price\n${lines.join("\n")}\n`)
        const [there, here, spilled] = await Promise.all([
          readTable(path, { delimiter: ";" }),
          readTable(path, { delimiter: ";", engine: "javascript" }),
          readTable(path, { delimiter: ";", memory: 65 * rows.length }),
        ])
        expect(cells(there)).toEqual(cells(here))
        if (spilled.sampledFrom === undefined) expect(cells(spilled)).toEqual(cells(here))
        spilled.spilled?.file.close()
        expect(cells(there).map((row) => row[3])).toEqual(rows.map(([, , c]) => Number(c)))
        const parts: Table[] = []
        for await (const part of readTableParts(
          path,
          { rows: () => 2, least: 1 },
          { delimiter: ";" },
        ))
          parts.push(part)
        expect(parts.flatMap(cells)).toEqual(cells(there))
      },
    ),
    { numRuns: 40 },
  )
})

test("decimal commas are read alike where cells are in a file", async () => {
  const lines = Array.from({ length: 2000 }, (_, i) => `${i};${i % 20},${i % 4}5;w${i % 3}`)
  const path = await file("commas-on-disk.csv", `row;price;word\n${lines.join("\n")}\n`)
  const spilled = await readTable(path, { delimiter: ";", memory: 66 * lines.length })
  expect(spilled.spilled).toBeDefined()
  expect(cells(spilled)).toEqual(cells(await readTable(path, { delimiter: ";" })))
  expect(cells(spilled)[7]).toEqual([7, 7.35, "w1"])
  spilled.spilled?.file.close()
})

test("1,234 has a decimal comma where another column's are decimal, and none elsewhere", async () => {
  const read = async (text: string) => {
    const found = await readTable({ name: "x.csv", bytes: new TextEncoder().encode(text) })
    return cells(found)
  }
  expect(await read("a;b\n1,234;0,5\n2,500;12,25\n")).toEqual([
    [1.234, 0.5],
    [2.5, 12.25],
  ])
  expect(await read("a;b\n1,234;1.5\n2,500;2\n")).toEqual([
    [1234, 1.5],
    [2500, 2],
  ])
  expect(await read("a;b\n1,234;1.234,5\n1,234,567;7\n")).toEqual([
    [1234, 1234.5],
    [1_234_567, 7],
  ])
})

test("1,234 is read as other data of the kind were, where its own table does not tell", async () => {
  const path = await file("told.csv", "a;b\n1,234;1\n2,500;2\n")
  const rows = [{ a: "1,234", b: 1 }]
  for (const [commas, number] of [
    ["decimal", 1.234],
    [undefined, 1234],
  ] as const) {
    for (const engine of ["duckdb", "javascript"] as const) {
      expect(cells(await readTable(path, { commas, engine }))[0]?.[0]).toBe(number)
    }
    for await (const part of readTableParts(path, { rows: () => 2, least: 1 }, { commas })) {
      expect(cells(part)[0]?.[0]).toBe(number)
    }
    expect(cells(tableOf("rows", rows, { commas }))[0]?.[0]).toBe(number)
  }
  const points = { commas: "decimal" } as const
  const english = await file("english.csv", "a;b\n1.5;1\n1,234;2\n")
  expect(cells(await readTable(english, points))[1]?.[0]).toBe(1234)
})

/** The same table by every reader: at once, in parts, in plain JavaScript. */
async function readEveryWay(name: string, content: string, options: ReadTableOptions = {}) {
  const path = await file(name, content)
  const tables = await Promise.all(
    (["duckdb", "javascript"] as const).map((engine) => readTable(path, { ...options, engine })),
  )
  const [there, here] = tables.map(cells)
  expect(there).toEqual(here)
  const parts: (string | number | undefined)[][] = []
  for await (const part of readTableParts(path, { rows: () => 2, least: 1 }, options)) {
    parts.push(...cells(part))
  }
  expect(parts).toEqual(here)
  return { table: tables[0], cells: here }
}

describe("1.000 is a thousand", () => {
  const column = ({ cells: all }: Awaited<ReturnType<typeof readEveryWay>>, at = 0) =>
    all.map((row) => row[at])

  test("beside decimal commas in its own column", async () => {
    const read = await readEveryWay("own.csv", "a;b\n1.000;x\n2,5;y\n-12.500;x\n 1.234 ;y\n7;x\n")
    expect(column(read)).toEqual([1000, 2.5, -12500, 1234, 7])
  })

  test("where other columns have decimal commas, or points between thousands", async () => {
    for (const other of ["2,5", "1.234.567"]) {
      const read = await readEveryWay("others.csv", `a;b\n1.000;${other}\n950;7\n12.500;8\n`)
      expect(column(read)).toEqual([1000, 950, 12500])
      expect(columnOf(read.table, "a")).toMatchObject({
        commas: { meaning: "decimal", by: "table", example: { text: "1.000", number: 1000 } },
      })
    }
  })

  test("and one where a cell of its column has another point, or nothing speaks for more", async () => {
    const own = await readEveryWay("points.csv", "a;b\n1.000;2,5\n1.5;3,5\n")
    expect(column(own)).toEqual([1, 1.5])
    const table = await readEveryWay("points-too.csv", "a;b\n1.000;2.5\n12.345;3\n")
    expect(column(table)).toEqual([1, 12.345])
    expect(columnOf(table.table, "a")).toMatchObject({ commas: { by: "table" } })
    const none = await readEveryWay("unclear.csv", "a;b\n1.000;2\n950;3\n")
    expect(column(none)).toEqual([1, 950])
    expect(columnOf(none.table, "a")).toMatchObject({ commas: { by: "nothing" } })
  })

  test("as who asks says, and as it was in a table of its kind", async () => {
    const text = "a;b\n1.000;1.500\n950;3\n"
    const told = await readEveryWay("told-points.csv", text, { commas: "decimal" })
    expect(told.cells).toEqual([
      [1000, 1500],
      [950, 3],
    ])
    const kind = await readEveryWay("kind.csv", "a;b\n1.000;1.5\n2,5;2.5\n")
    const like = habitOf(kind.table)
    expect(like).toEqual({ commas: { usual: "decimal", others: ["b"] } })
    expect(isTableHabit(like)).toBe(true)
    const again = await readEveryWay("again.csv", text, { like })
    expect(again.cells).toEqual([
      [1000, 1.5],
      [950, 3],
    ])
    // A table in which other cells say otherwise is of another kind.
    const other = await readEveryWay("other.csv", "a;b\n1.5;1.500\n2;3\n", { like })
    expect(other.cells).toEqual([
      [1.5, 1.5],
      [2, 3],
    ])
  })

  test("and stays what it is where it is no text", () => {
    expect(cells(tableOf("rows", [{ a: "2,5", b: 1.25 }, { a: 1.234 }]))).toEqual([
      [2.5, 1.25],
      [1.234, undefined],
    ])
  })
})

test("the first line is a row where there is no header, and what set cells apart once does so again", async () => {
  const read = await readEveryWay("bare.csv", "1;2;x\n1;3;y\n4;5;x\n", { header: false })
  expect(read.table.columns.map(({ name }) => name)).toEqual(["column0", "column1", "column2"])
  expect(read.cells).toEqual([
    [1, 2, "x"],
    [1, 3, "y"],
    [4, 5, "x"],
  ])
  const like = { delimiter: "^", header: false } as const
  const strange = await readEveryWay("strange.csv", "1^2\n3^4\n5^6\n", { like })
  expect(strange.cells).toEqual([
    [1, 2],
    [3, 4],
    [5, 6],
  ])
  expect((await readEveryWay("usual.csv", "1;2\n3;4\n5;6\n", { like })).cells).toEqual([
    [1, 2],
    [3, 4],
    [5, 6],
  ])
  const path = await file("twice-bare.csv", "7,7,x\n1,2,y\n")
  await expect(readTable(path)).rejects.toThrow("--no-header if its first line is a row")
})

test("empty lines before the first are none of the table's", async () => {
  for (const end of ["\n", "\r\n"]) {
    const lines = ["", "", "a,b,c", "1,2,x", "3,4,y", "5,6,z", ""]
    const read = await readEveryWay("late.csv", lines.join(end))
    expect(read.table.columns.map(({ name }) => name)).toEqual(["a", "b", "c"])
    expect(read.cells).toEqual([
      [1, 2, "x"],
      [3, 4, "y"],
      [5, 6, "z"],
    ])
  }
})

test("thousands of columns are read, in every reader's way", async () => {
  const names = Array.from({ length: 3000 }, (_, i) => `gene${i}`)
  const lines = Array.from({ length: 5 }, (_, row) =>
    names.map((_, i) => (i === 7 ? "NA" : i === 9 ? `w${row}` : row + i / 8)).join(),
  )
  const read = await readEveryWay("genes.csv", `${names.join()}\n${lines.join("\n")}\n`)
  expect(read.table.columns).toHaveLength(3000)
  expect(read.cells[2]?.slice(6, 11)).toEqual([2.75, undefined, 3, "w2", 3.25])
})

test("what is wrong late in a file is not the end of its rows", async () => {
  const lines = Array.from({ length: 100_000 }, (_, i) => `${i},${i % 7},w${i % 3}`)
  const at = 90_000
  const long = await file("long.csv", `a,b,c\n${lines.with(at, "1,2,3,4,5").join("\n")}\n`)
  await expect(readTable(long)).rejects.toThrow(`line ${at + 2} of ${long} has more cells`)
  const quoted = await file("late.csv", `a,b,c\n${lines.with(at, '1,2,"two\nlines"').join("\n")}\n`)
  const { rows, columns } = await readTable(quoted)
  expect(rows).toBe(100_000)
  expect(cellOf(columns[2], at)).toBe("two\nlines")
  const latin = Buffer.from(
    `a,b,c\n${lines.with(at, "1,2,gr\u00f6\u00dfe").join("\n")}\n`,
    "latin1",
  )
  await writeFile(join(folder, "late-latin.csv"), latin)
  await expect(readTable(join(folder, "late-latin.csv"))).rejects.toThrow("is not in UTF-8")
})

test("lines within quotes are one cell, and short rows are filled up with missing cells", async () => {
  const lines = Array.from({ length: 3000 }, (_, i) => `${i},"one\nand ""two"" ${i % 3}",${i / 2}`)
  const path = await file("lines.csv", `a,note,b\n${lines.join("\n")}\n7,short\n`)
  const there = await readTable(path)
  expect(there.rows).toBe(3001)
  expect(cellOf(there.columns[1], 1)).toBe('one\nand "two" 1')
  expect(cells(there).at(-1)).toEqual([7, "short", undefined])
  expect(cells(there)).toEqual(cells(await readTable(path, { engine: "javascript" })))
  const parts: Table[] = []
  for await (const part of readTableParts(path, { rows: () => 1000, least: 500 })) parts.push(part)
  expect(parts.map(({ rows }) => rows)).toEqual([1000, 1000, 1001])
  expect(parts.flatMap(cells)).toEqual(cells(there))
})

test("a file that is not UTF-8 is refused with that reason", async () => {
  const path = join(folder, "latin.csv")
  await writeFile(path, Buffer.from("größe,preis\n1,2\n", "latin1"))
  await expect(readTable(path)).rejects.toThrow("is not in UTF-8")
})

test("cells of nearly 2 MB are read", async () => {
  const long = "x".repeat(2_000_000)
  const path = await file("long.csv", `a,b\n1,${long}\n2,${long}\n3,${long}\n4,y\n`)
  const { columns } = await readTable(path)
  expect(cellOf(columns[1], 2)).toBe(long)
  expect(cellOf(columns[1], 3)).toBe("y")
})

const text = `age, work,when,note
 39, State-gov,2024-01-02,"a, b"
50,?,2024-02-29,
NA, Private,,"said ""no"""
1e3, Private,2023-12-31,x
`

const expected = [
  [39, "State-gov", "2024-01-02", "a, b"],
  [50, undefined, "2024-02-29", undefined],
  [undefined, "Private", undefined, 'said "no"'],
  [1000, "Private", "2023-12-31", "x"],
]

describe.each(["duckdb", "javascript"] as const)("read through %s", (engine) => {
  test("CSV gives numbers, words, missing cells and cells without padding", async () => {
    const table = await readTable(await file("a.csv", text), { engine })
    expect(table.columns.map(({ name }) => name)).toEqual(["age", "work", "when", "note"])
    expect(cells(table)).toEqual(expected)
    expect(table.columns.map(kindOf)).toEqual(["number", "category", "date", "category"])
  })

  test("a row of more cells than columns, and two columns of one name, are refused", async () => {
    const rows = (bad: string) =>
      Array.from({ length: 300 }, (_, i) => (i === 99 ? bad : `${i},2,w`))
    const long = await file("r.csv", `a,b,c\n${rows("1,2,3,4,5").join("\n")}\n`)
    await expect(readTable(long, { engine })).rejects.toThrow(
      `line 101 of ${long} has more cells than its first line has columns (3)`,
    )
    const twice = await file("t.csv", `a,b,a\n${rows("1,2,3").join("\n")}\n`)
    await expect(readTable(twice, { engine })).rejects.toThrow('two columns named "a"')
    // These are columns of their own, and what is empty is no cell too many.
    const fine = await file("u.csv", `a,A,a_1\n${rows("1,2,3,,").join("\n")}\n`)
    const { columns } = await readTable(fine, { engine })
    expect(columns.map(({ name }) => name)).toEqual(["a", "A", "a_1"])
  })

  test("tabs and semicolons are found out", async () => {
    for (const [name, delimiter] of [
      ["b.tsv", "\t"],
      ["c.csv", ";"],
    ]) {
      const lines = ["x,y", "1,a", "2,b", "3,c"].map((line) => line.replace(",", delimiter))
      const table = await readTable(await file(name, lines.join("\n")), { engine })
      expect(cells(table)).toEqual([
        [1, "a"],
        [2, "b"],
        [3, "c"],
      ])
    }
  })

  test("a header's quoted names tell nothing of what sets cells apart, and it may be very long", async () => {
    const quoted = await file("quoted.csv", 'a;"b, EUR"\n1,5;2\n2,5;3\n')
    const { columns } = await readTable(quoted, { engine })
    expect(columns.map(({ name }) => name)).toEqual(["a", "b, EUR"])
    const names = Array.from({ length: 70 }, (_, i) => `${"feature".repeat(150)}_${i}`)
    const wide = await file("wide.csv", `${names.join()}\n${names.map((_, i) => i).join()}\n`)
    const table = await readTable(wide, { engine })
    expect(table.columns.map(({ name }) => name)).toEqual(names)
    expect(cells(table)[0]?.[69]).toBe(69)
  })

  test("JSON lines give the same table", async () => {
    const lines = ['{"x": 1, "y": "a"}', '{"x": null, "y": "b"}', '{"x": 2.5, "y": "a"}']
    const table = await readTable(await file("d.jsonl", lines.join("\n")), { engine })
    expect(cells(table)).toEqual([
      [1, "a"],
      [undefined, "b"],
      [2.5, "a"],
    ])
  })

  test("a few cells that are no numbers are strays in a column of numbers", async () => {
    const rows = Array.from({ length: 200 }, (_, i) => (i === 17 ? "oops" : String(i)))
    const table = await readTable(
      await file("e.csv", `n,m\n${rows.map((r) => `${r},1`).join("\n")}`),
      {
        engine,
      },
    )
    expect(columnOf(table, "n")).toMatchObject({
      form: "numbers",
      strays: [{ row: 17, text: "oops" }],
    })
  })
})

test("Parquet is read the same through DuckDB and in JavaScript", async () => {
  const { DuckDBInstance } = await import("@duckdb/node-api")
  const path = join(folder, "f.parquet")
  const connection = await (await DuckDBInstance.create(":memory:")).connect()
  await connection.run(
    `COPY (SELECT i AS whole, i / 4 AS part, 'w' || (i % 3) AS word, DATE '2024-01-01' + i::INT AS day
     FROM range(100) t(i)) TO '${path}' (FORMAT parquet)`,
  )
  connection.closeSync()
  const [one, other] = await Promise.all(
    (["duckdb", "javascript"] as const).map((engine) => readTable(path, { engine })),
  )
  expect(cells(one).slice(0, 2)).toEqual([
    [0, 0, "w0", expect.stringContaining("2024-01-01")],
    [1, 0.25, "w1", expect.stringContaining("2024-01-02")],
  ])
  expect(cells(other)).toEqual(cells(one))
  expect(kindOf(columnOf(other, "day"))).toBe("date")
})

test("of too many rows a sample is drawn, the same for the same seed", async () => {
  const path = await file("g.csv", `n\n${Array.from({ length: 5000 }, (_, i) => i).join("\n")}`)
  const read = (seed: number) => readTable(path, { mostRows: 500, seed })
  const [one, again, other] = await Promise.all([read(1), read(1), read(2)])
  expect(one.sampledFrom).toBe(5000)
  expect(one.rows).toBeGreaterThan(400)
  expect(one.rows).toBeLessThan(600)
  expect(cells(again)).toEqual(cells(one))
  expect(cells(other)).not.toEqual(cells(one))
})

test("Arrow files and streams give what CSV gives", async () => {
  const { bool, dateDay, tableFromArrays, tableToIPC, int64, utf8 } = await import(
    "@uwdata/flechette"
  )
  const table = tableFromArrays(
    {
      age: [39n, 50n, null, 1000n],
      work: ["State-gov", "?", "Private", "Private"],
      when: [new Date("2024-01-02"), new Date("2024-02-29"), null, new Date("2023-12-31")],
      half: Float32Array.of(0.5, 1.5, Number.NaN, -1),
      is: [true, false, null, true],
    },
    { types: { age: int64(), work: utf8(), when: dateDay(), is: bool() } },
  )
  for (const format of ["file", "stream"] as const) {
    const bytes = tableToIPC(table, { format }) ?? new Uint8Array()
    const path = join(folder, `${format}.arrow`)
    await writeFile(path, bytes)
    for (const source of [path, { name: "bytes.arrow", bytes }]) {
      const found = await readTable(source)
      expect(found.columns.map(kindOf)).toEqual([
        "number",
        "category",
        "date",
        "number",
        "category",
      ])
      expect(cells(found).map(([age, work, , half]) => [age, work, half])).toEqual([
        [39, "State-gov", 0.5],
        [50, undefined, 1.5],
        [undefined, "Private", undefined],
        [1000, "Private", -1],
      ])
      expect(daysOf(String(cellOf(columnOf(found, "when"), 1)))).toBe(19782)
      expect(cellOf(columnOf(found, "is"), 1)).toBe("false")
    }
  }
})

test("a column of a million categories is read, and its most frequent ones are told apart", () => {
  const builder = new TableBuilder("many", ["who", "y"])
  for (let i = 0; i < 1_000_000; i++) builder.add([`w${i}`, i % 7])
  for (let i = 0; i < 20_000; i++) builder.add([`w${i % 10}`, i % 7])
  const table = builder.build()
  expect(columnOf(table, "who")).toMatchObject({ form: "strings" })
  const { categories, numbers } = learnFeatures(table, ["who", "y"])
  expect(numbers).toHaveLength(1)
  expect(categories[0].categories.toSorted()).toEqual(Array.from({ length: 10 }, (_, i) => `w${i}`))
})

test("rows are selected in the order of their numbers", async () => {
  const table = await readTable(await file("a2.csv", text))
  expect(cells(selectRows(table, [3, 0])).map(([age]) => age)).toEqual([1000, 39])
})

const broken: readonly [what: string, name: string, content: string, message: RegExp][] = [
  ["an empty file", "empty.csv", "", /is empty/],
  ["a table without rows", "head.csv", "a,b\n", /column names \(a, b\) and no rows/],
  ["two columns of one name", "twice.csv", "a,a\n1,2\n", /two columns named "a"/],
  ["what is no Arrow", "x.arrow", "ARROW1\0\0", /no readable arrow table/],
  ["what is no Parquet", "x.parquet", "PAR1 and nothing else", /no readable parquet/],
]
test.each(broken)("%s is refused in a sentence", async (_what, name, content, message) => {
  const path = await file(name, content)
  await expect(readTable(path, { engine: "javascript" })).rejects.toThrow(message)
})

test("a file that is not there, and a wrong delimiter, are refused in a sentence", async () => {
  await expect(readTable(join(folder, "none.csv"))).rejects.toThrow("cannot be read")
  const path = await file("pipes.csv", "a|b\n1|2\n3|4\n")
  await expect(readTable(path, { delimiter: ";", engine: "javascript" })).rejects.toThrow(
    'set apart by "|"',
  )
})

test("dates are days since 1970 in the orders of three customs, and other words are none", () => {
  expect(daysOf("1970-01-02")).toBe(1)
  expect(daysOf("2024-02-29T12:00")).toBe(19782.5)
  expect(daysOf("2/29/2024")).toBe(19782)
  expect(daysOf("29.2.2024")).toBe(19782)
  expect(daysOf("31/12/2024")).toBe(20088)
  expect(daysOf("2024-13-01")).toBeUndefined()
  expect(daysOf("2023-02-29")).toBeUndefined()
  expect(daysOf("soon")).toBeUndefined()
})

test("a table beyond the memory allowed is read from a file column by column, the same cells", async () => {
  const lines = Array.from({ length: 20_000 }, (_, i) => {
    const mixed = i % 3 === 0 ? "x7" : i % 7
    return `${i / 8},${i % 11 === 0 ? "NA" : -i},w${i % 50},${mixed},${i === 9000 ? "odd" : i}`
  })
  const path = await file("large.csv", `a,b,words,mixed,strays\n${lines.join("\n")}\n`)
  const whole = await readTable(path)
  const spilled = await readTable(path, { memory: 2e6 })
  expect(whole.spilled).toBeUndefined()
  expect(spilled.spilled).toBeDefined()
  const cells = ({ columns }: typeof whole) =>
    columns.map((column) =>
      column.form === "numbers"
        ? [column.name, column.values, column.strays]
        : [column.name, column.codes, column.dictionary],
    )
  expect(cells(spilled)).toEqual(cells(whole))
  const some = Uint32Array.from({ length: 15_000 }, (_, i) => 19_999 - i)
  expect(cells(selectRows(spilled, some))).toEqual(cells(selectRows(whole, some)))
  expect(cells(selectRows(spilled, some, true))).toEqual(cells(selectRows(whole, some)))
  spilled.spilled?.file.close()
  // Of one whose single columns are too large as well, a sample is read.
  const sampled = await readTable(path, { memory: 1e5 })
  expect(sampled.sampledFrom).toBe(20_000)
  expect(sampled.rows).toBeLessThan(2000)
})
