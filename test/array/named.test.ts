import { describe, expect, test } from "vitest"
import { type Array, nn, np, random, vjp, vmap } from "../../src/index.ts"

const x = np.array([
  [3, 1, 2],
  [4, 9, 5],
])
const y = np.array([1, 5, 2])
const at = np.array([1, 0], { dtype: "int32" })

/** Calls with arguments by place, and the same by name. */
const calls: readonly (readonly [string, Array | readonly Array[], Array | readonly Array[]])[] = [
  ["vmap", vmap(np.flip, 1, 1)(x), vmap(np.flip, { inAxes: 1, outAxes: 1 })(x)],
  ["vmap of results", vmap(np.flip, 0, 1)(x), vmap(np.flip, { outAxes: 1 })(x)],
  ["vjp", vjp(np.square, [y])[1](y), vjp(np.square, y)[1](y)],
  ["cross", np.cross(x, x.mul(y)), np.cross(x.T, x.mul(y), { axisa: 0 })],
  ["cross of columns", np.cross(x, x.mul(y)).T, np.cross(x, x.mul(y).T, { axisb: 0, axisc: 0 })],
  ["flip", np.flip(x, 1), np.flip(x, { axis: 1 })],
  ["rot90", np.rot90(x, 3), np.rot90(x, { k: 3 })],
  ["roll", np.roll(x, 1, 0), np.roll(x, 1, { axis: 0 })],
  ["squeeze", np.squeeze(np.ones([1, 2, 1]), 0), np.squeeze(np.ones([1, 2, 1]), { axis: 0 })],
  ["transpose", np.transpose(x, [1, 0]), np.transpose(x, { axes: [1, 0] })],
  ["concatenate", np.concatenate([x, x], 1), np.concatenate([x, x], { axis: 1 })],
  ["stack", np.stack([y, y], 1), np.stack([y, y], { axis: 1 })],
  ["split", np.split(x, 3, 1), np.split(x, 3, { axis: 1 })],
  ["repeat", np.repeat(x, 2, 0), np.repeat(x, 2, { axis: 0 })],
  ["take", np.take(x, at, 1, { mode: "clip" }), np.take(x, at, { axis: 1, mode: "clip" })],
  ["diagonal", np.diagonal(x, 1), np.diagonal(x, { offset: 1 })],
  ["sort", np.sort(x, 0, { descending: true }), np.sort(x, { axis: 0, descending: true })],
  ["argsort", np.argsort(x, 0), np.argsort(x, { axis: 0 })],
  ["cumsum", np.cumsum(x, 1), np.cumsum(x, { axis: 1 })],
  ["diff", np.diff(x, 1, 0), np.diff(x, { axis: 0 })],
  ["trapezoid", np.trapezoid(x, null, 2, 0), np.trapezoid(x, { dx: 2, axis: 0 })],
  ["append", np.append(x, x, 0), np.append(x, x, { axis: 0 })],
  ["delete", np.delete(x, 1, 1), np.delete(x, 1, { axis: 1 })],
  ["insert", np.insert(x, 1, 7, 1), np.insert(x, 1, 7, { axis: 1 })],
  ["unstack", np.unstack(x, 1), np.unstack(x, { axis: 1 })],
  ["tensordot", np.tensordot(x, y, [1, 0]), np.tensordot(x, y, { axes: [1, 0] })],
  ["trace", np.trace(x, 1), np.trace(x, { offset: 1 })],
  ["tril", np.tril(x, -1), np.tril(x, { k: -1 })],
  ["eye", np.eye(2, 3, 1), np.eye(2, { M: 3, k: 1 })],
  ["eye with rows and columns", np.eye(2, 3, 1), np.eye(2, 3, { k: 1 })],
  ["vander", np.vander(y, 2, true), np.vander(y, { N: 2, increasing: true })],
  ["linspace", np.linspace(0, 1, 5, false), np.linspace(0, 1, { num: 5, endpoint: false })],
  ["clip", np.clip(x, 2, 4), np.clip(x, { min: 2, max: 4 })],
  ["clip above", np.clip(x, null, 4), np.clip(x, { max: 4 })],
  ["round", np.round(np.array([1.25]), 1), np.round(np.array([1.25]), { decimals: 1 })],
  ["convolve", np.convolve(y, y, "same"), np.convolve(y, y, { mode: "same" })],
  ["meshgrid", np.meshgrid([y, y], { indexing: "ij" }), np.meshgrid(y, y, { indexing: "ij" })],
  ["softmax", nn.softmax(x, 0), nn.softmax(x, { axis: 0 })],
  ["glu", nn.glu(np.ones([2, 3]), 0), nn.glu(np.ones([2, 3]), { axis: 0 })],
  [
    "choice",
    random.choice(random.key(0), 9, [3], { replace: false }),
    random.choice(random.key(0), 9, { shape: [3], replace: false }),
  ],
  [
    "categorical",
    random.categorical(random.key(0), x, 0),
    random.categorical(random.key(0), x, { axis: 0 }),
  ],
]

async function elementsOf(arrays: Array | readonly Array[]): Promise<unknown> {
  const list = globalThis.Array.isArray(arrays) ? arrays : [arrays]
  return Promise.all(list.map((array: Array) => array.toArray()))
}

describe("arguments mean the same by place and by name", () => {
  test.each(calls)("in %s", async (_, byPlace, byName) => {
    expect(await elementsOf(byName)).toEqual(await elementsOf(byPlace))
  })
})
