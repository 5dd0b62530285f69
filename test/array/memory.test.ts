import { expect, test } from "vitest"
import {
  type Array,
  devicePut,
  grad,
  jit,
  nn,
  np,
  openDevice,
  random,
  registerDevice,
} from "../../src/array/index.ts"
import { openCpu } from "../../src/device/index.ts"

interface State {
  readonly w: Array
  readonly v: Array
}

function lossOf({ w, v }: State, x: Array, y: Array): Array {
  return nn.relu(x.matmul(w)).matmul(v).sub(y).pow(2).mean()
}

test("2,000 steps of training leave the memory where it stood after 100", async () => {
  const device = await openDevice()
  const [kw, kv, kx] = random.split(random.key(0), 3)
  const x = random.normal(kx, [16, 8])
  const y = np.sin(x.sum(1, { keepdims: true }))
  const step = jit(
    (state: State, rate: Array) => {
      const g = grad(lossOf)(state, x, y)
      const next = { w: state.w.sub(g.w.mul(rate)), v: state.v.sub(g.v.mul(rate)) }
      return { next, loss: lossOf(state, x, y) }
    },
    { donate: [0] },
  )
  let state: State = { w: random.normal(kw, [8, 32]), v: random.normal(kv, [32, 1]) }
  const steps = async (n: number): Promise<{ inUse: number; loss: number }> => {
    let last = Number.NaN
    for (let i = 0; i < n; i++) {
      const { next, loss } = step(state, 1e-3)
      state = next
      if (i === n - 1) last = Number(await loss.item())
      loss.dispose()
    }
    await device.settled()
    return { inUse: device.memory().inUse, loss: last }
  }
  const first = await steps(100)
  const last = await steps(1900)
  expect(last.inUse).toBe(first.inUse)
  expect(last.loss).toBeLessThan(first.loss)
})

test("arrays that nothing holds are given back", async () => {
  const device = await openDevice()
  const x = np.ones([1000])
  await x.data()
  const before = device.memory().inUse
  for (let i = 0; i < 200; i++) await x.add(i).data()
  const { setFlagsFromString } = await import("node:v8")
  const { runInNewContext } = await import("node:vm")
  setFlagsFromString("--expose-gc")
  const collect: unknown = runInNewContext("gc")
  if (typeof collect !== "function") throw new TypeError("no garbage collection")
  for (let i = 0; i < 10; i++) {
    collect()
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  await device.settled()
  expect(device.memory().inUse - before).toBeLessThan(20 * 4000)
})

test("what was donated to a run that found no memory is given back", async () => {
  registerDevice("little", () => openCpu({ threads: 1, maximumBytes: 2 ** 26 }))
  const device = await openDevice("little")
  const before = device.memory().inUse
  const x = devicePut(np.ones([4096]), "little")
  const table = jit((column: Array) => np.multiply(column.reshape([-1, 1]), column), {
    donate: [0],
  })
  await expect(table(x).data()).rejects.toThrow("cannot allocate 67,108,864 bytes")
  expect(() => x.add(1)).toThrow("disposed of or donated")
  expect(device.memory().inUse).toBe(before)
})
