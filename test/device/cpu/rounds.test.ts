import { afterAll, expect, test } from "vitest"
import {
  type Array,
  defaultDevice,
  grad,
  jit,
  lax,
  nn,
  np,
  random,
  setDefaultDevice,
} from "../../../src/index.ts"

const before = defaultDevice()
afterAll(() => {
  setDefaultDevice(before)
})

async function onThreads(threads: number, body: () => Array): Promise<number[]> {
  setDefaultDevice("cpu", { threads })
  return [...(await body().data())]
}

const attend = jit((x: Array) => {
  const loss = (x: Array) => nn.dotProductAttention(x, x, x, { isCausal: true }).mul(x).sum()
  return grad(loss)(x)
})

test("attention in blocks gives the same bits on any number of threads", async () => {
  const body = () => attend(random.normal(random.key(3), [1, 512, 4, 16]))
  const alone = await onThreads(1, body)
  for (const threads of [2, 3, 5]) expect(await onThreads(threads, body)).toEqual(alone)
})

const rows = jit((x: Array) => lax.map((row: Array) => np.matmul(row, row.T).sum(0), x))

test("a map's rounds go to threads, and give what one thread gives", async () => {
  const body = () => rows(random.normal(random.key(4), [50, 40, 30]))
  const alone = await onThreads(1, body)
  expect(await onThreads(3, body)).toEqual(alone)
  setDefaultDevice("cpu")
  const given = random.normal(random.key(4), [50, 40, 30])
  const wanted = np.einsum("nij,nkj->nk", given, given)
  expect(Number(await np.abs(rows(given).sub(wanted)).max().item())).toBeLessThan(1e-3)
})
