import { request } from "node:http"
import { afterAll, beforeAll, expect, test } from "vitest"
import {
  type FittedNetwork,
  fit as fitNetwork,
  type Serving,
  serveNetwork,
} from "../../src/fit/index.ts"
import { tableFile } from "./table-file.ts"
import { houses } from "./tables.ts"

const row = { rooms: 5, age: 20, district: "north", sold: "2024-03-01" }
let network: FittedNetwork
let serving: Serving
beforeAll(async () => {
  network = await fitNetwork(await tableFile("houses.csv", houses(300)), { steps: 60, size: "xs" })
  serving = await serveNetwork(network, { port: 0, mostBytes: 10_000, mostRows: 50, wait: 20 })
})
afterAll(() => serving.close())

function post(body: string, type = "application/json"): Promise<Response> {
  return fetch(`${serving.url}/predict`, {
    method: "POST",
    headers: { "content-type": type },
    body,
  })
}

test("a row, a list of rows and named rows are predicted as without a server", async () => {
  const [own] = (await network.predict([row])).rows
  for (const body of [row, [row], { rows: [row] }]) {
    const answer = await post(JSON.stringify(body))
    expect(answer.status).toBe(200)
    const { predictions } = await answer.json()
    expect(predictions).toEqual([own])
  }
})

test("requests at the same time are predicted together, each with its own answer", async () => {
  const rooms = Array.from({ length: 20 }, (_, i) => 1 + (i % 8))
  const answers = await Promise.all(
    rooms.map(async (count) => {
      const answer = await post(JSON.stringify({ ...row, rooms: count }))
      return (await answer.json()).predictions[0].price
    }),
  )
  const alone = await network.predict(rooms.map((count) => ({ ...row, rooms: count })))
  for (const [i, price] of answers.entries())
    expect(price).toBeCloseTo(Number(alone.rows[i].price), 2)
  const metrics = await (await fetch(`${serving.url}/metrics`)).text()
  const batches = Number(/tradespace_batches_total (\d+)/.exec(metrics)?.[1])
  expect(batches).toBeLessThan(20)
  expect(metrics).toMatch(/tradespace_predicted_rows_total 2\d/)
})

const refused: readonly [what: string, body: string, status: number, message: string][] = [
  ["what is not JSON", "rooms=5", 400, "not JSON"],
  ["a row without its inputs", '{"rooms": 5}', 422, "row 1 lacks age"],
  ["a row that is none", "[5]", 422, "row 1 is no object"],
  ["too many rows", JSON.stringify(new Array(51).fill({})), 413, "51 rows"],
  ["a body that is too large", JSON.stringify({ rooms: "5".repeat(20_000) }), 413, "10000 bytes"],
]
test.each(refused)("%s is refused", async (_what, body, status, message) => {
  const answer = await post(body)
  expect(answer.status).toBe(status)
  expect((await answer.json()).error).toContain(message)
})

test("a body of a gigabyte is refused before it is sent", async () => {
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const headers = { "content-type": "application/json", "content-length": 1e9 }
    const sending = request(`${serving.url}/predict`, { method: "POST", headers }, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
      sending.destroy()
    })
    sending.on("error", reject)
    sending.write('{"rooms": 5')
  })
  expect(status).toBe(413)
  expect((await post(JSON.stringify(row))).status).toBe(200)
})

test("another type of body and another place are refused", async () => {
  expect((await post("rooms=5", "application/x-www-form-urlencoded")).status).toBe(415)
  expect((await fetch(`${serving.url}/nowhere`)).status).toBe(404)
})

test("schema, health, report and the page to try it are there", async () => {
  const get = async (path: string) => await fetch(`${serving.url}${path}`)
  const schema = await (await get("/schema")).json()
  expect(schema.request.oneOf[0].required).toEqual(["rooms", "age", "sold", "district"])
  expect((await (await get("/health")).json()).status).toBe("ok")
  expect(await (await get("/")).text()).toContain('name="rooms"')
  expect(await (await get("/report")).text()).toBe(network.report)
})

test("a server that closes answers what is under way", async () => {
  const other = await serveNetwork(network, { port: 0, wait: 200 })
  const under = fetch(`${other.url}/predict`, {
    method: "POST",
    headers: { "content-type": "application/json", connection: "close" },
    body: JSON.stringify(row),
  })
  await new Promise((resolve) => setTimeout(resolve, 100))
  await other.close()
  expect((await under).status).toBe(200)
  await expect(fetch(`${other.url}/health`)).rejects.toThrow()
})
