import { expect, test } from "vitest"
import { readTable } from "../../src/data/index.ts"
import { exportOnnx, FittedTable, fit as fitNetwork, verifyOnnx } from "../../src/fit/index.ts"
import { tableFile } from "./table-file.ts"
import { flowers, houses } from "./tables.ts"

const cases = [
  { what: "values of TabM", text: houses(300), network: "tabm-mini" },
  { what: "values of an MLP", text: houses(300), network: "mlp" },
  { what: "classes of TabM", text: flowers(200), network: "tabm-mini" },
]

test.each(cases)("$what are the same in onnxruntime", async ({ text, network }) => {
  const file = await tableFile("data.csv", text)
  const fitted = await fitNetwork(file, { steps: 40, size: "xs", network })
  const table = await readTable(file)
  if (!(fitted.fitted instanceof FittedTable)) throw new Error("a table gives a fitted table")
  const made = await exportOnnx(fitted)
  const { largestDifference, largest, rows } = await verifyOnnx(made, fitted.fitted, table)
  expect(rows).toBe(table.rows)
  expect(largestDifference).toBeLessThan(1e-5 * Math.max(1, largest))
})

test("missing cells and unknown words are the same in onnxruntime", async () => {
  const file = await tableFile("houses.csv", houses(300))
  const fitted = await fitNetwork(file, { steps: 40, size: "xs" })
  const odd = await tableFile(
    "odd.csv",
    "rooms,age,district,sold\n,20,moon,2024-02-29\n3,NA,,1999-12-31 13:30\n99,-5,north,?\n",
  )
  if (!(fitted.fitted instanceof FittedTable)) throw new Error("a table gives a fitted table")
  const made = await exportOnnx(fitted)
  const { largestDifference, largest } = await verifyOnnx(made, fitted.fitted, await readTable(odd))
  expect(largestDifference).toBeLessThan(1e-5 * largest)
})

test("an architecture that is not written as ONNX is refused by its name", async () => {
  const file = await tableFile("flowers.csv", flowers(100))
  const fitted = await fitNetwork(file, { steps: 2, size: "xs", network: "ft-transformer" })
  await expect(exportOnnx(fitted)).rejects.toThrow("ft-transformer")
})
