import { describe, expect, test } from "vitest"
import { type Array, grad, lax, nn, np, random, vmap } from "../../src/array/index.ts"

const ones = (...shape: readonly number[]) => np.ones(shape)
const index = () => np.array([0, 1], { dtype: "int32" })
const key = () => random.key(0)
const unknown = (value: unknown) => value as never

/** What goes wrong, and the one sentence that says so. */
const mistakes: readonly (readonly [string, () => unknown, string])[] = [
  // Shapes that do not broadcast
  [
    "add",
    () => np.add(ones(2, 3), ones(4)),
    "add: shapes [2, 3] and [4] do not broadcast: axis -1 has extents 3 and 4, " +
      "which must be equal or 1",
  ],
  ["maximum", () => np.maximum(ones(2, 3), ones(3, 4)), "maximum: shapes [2, 3] and [3, 4]"],
  ["clip", () => np.clip(ones(2, 3), ones(4)), "clip: shapes [2, 3] and [4] do not broadcast"],
  ["where", () => np.where(true, ones(2, 3), ones(4)), "where: shapes [] and [2, 3] and [4]"],
  [
    "broadcastTo",
    () => np.broadcastTo(ones(2, 3), [4, 3]),
    "broadcastTo: [2, 3] does not broadcast",
  ],
  // Extents that must fit
  ["reshape", () => np.reshape(ones(2, 3), [4]), "reshape from [2, 3] to [4]: 6 elements"],
  ["reshape", () => np.reshape(ones(2, 3), [-1, 4]), "reshape from [2, 3] to [-1, 4]: one extent"],
  ["concatenate", () => np.concatenate([ones(2, 3), ones(2, 4)]), "concatenate along axis 0 needs"],
  ["stack", () => np.stack([ones(2), ones(3)]), "stack needs arrays of one shape, not [2] and [3]"],
  ["split", () => np.split(ones(4), 3), "split: 3 parts do not divide axis 0 of extent 4"],
  ["squeeze", () => np.squeeze(ones(2, 3), 0), "squeeze of [2, 3]: axis 0 has extent 2, not 1"],
  ["matmul", () => np.matmul(ones(2, 3), ones(2, 3)), "matmul of [2, 3] and [2, 3]: axis 1 of the"],
  ["vdot", () => np.vdot(ones(6), ones(4)), "vdot: x has 6 elements and y 4"],
  ["tensordot", () => np.tensordot(ones(2, 3), ones(2, 3), 1), "tensordot of [2, 3] and [2, 3]"],
  ["einsum", () => np.einsum("ij,jk->ik", ones(2, 3), ones(2, 3)), '"j" has extents 3 and 2'],
  ["dynamicSlice", () => lax.dynamicSlice(ones(4), [0], [9]), "extent 9 along axis 0 does not fit"],
  [
    "split",
    () => lax.split(ones(4), [1, 2]),
    "sizes are [1, 2], which must be whole numbers that sum",
  ],
  ["topK", () => lax.topK(ones(4), 9), "topK: k is 9, which must be from 0 to the extent 4"],
  ["vmap", () => vmap((x: Array, y: Array) => x.add(y))(ones(2), ones(3)), "not 2 and 3"],
  ["array", () => np.array([[1, 2], [3]]), "np.array: lists on one level must have one shape"],
  // Axes and ranks
  ["sum", () => np.sum(ones(2, 3), 2), "sum: axis is 2, but the array has rank 2: it must be from"],
  ["sum", () => np.sum(ones(2, 3), [0, 0]), "sum: axis [0, 0] names an axis twice"],
  ["sum", () => np.sum(ones(2), unknown("0")), "sum: axis is 0, which must be a number"],
  ["mean", () => np.mean(ones(2), 0.5), "mean: axis is 0.5, but the array has rank 1"],
  ["argmax", () => np.argmax(ones(2), 2), "argmax: axis is 2, but the array has rank 1"],
  ["cumsum", () => np.cumsum(ones(2), 2), "cumsum: axis is 2, but the array has rank 1"],
  ["sort", () => np.sort(ones(2), 2), "sort: axis is 2, but the array has rank 1"],
  ["flip", () => np.flip(ones(2), 1), "flip: axis is 1, but the array has rank 1"],
  ["softmax", () => nn.softmax(ones(2), 1), "softmax: axis is 1, but the array has rank 1"],
  ["diagonal", () => np.diagonal(ones(4)), "diagonal: axis2 is 1, but the array has rank 1"],
  ["transpose", () => np.transpose(ones(2, 3), [0, 0]), "the permutation [0, 0] must name every"],
  ["take", () => np.take(ones(4), index(), 1), "take: axis is 1, but the array has rank 1"],
  ["tril", () => np.tril(ones(4)), "tril needs at least two axes, not 1"],
  ["matmul", () => np.matmul(ones(2, 3), 2), "matmul takes no scalars: use multiply"],
  ["slice", () => ones(4).slice(0, 0), "slice of [4]: 2 indices for 1 axes"],
  // Indices out of range
  ["slice", () => ones(4).slice(7), "slice of [4]: index 7 is not in axis 0 of extent 4"],
  ["at", () => ones(4).at(9).set(1), "at of [4]: index 9 is not in axis 0 of extent 4"],
  // Numbers that must be whole and not negative
  [
    "zeros",
    () => np.zeros([-1]),
    "zeros: shape [-1] has an extent -1, which must be a whole number",
  ],
  ["full", () => np.full([1.5], 1), "full: shape [1.5] has an extent 1.5, which must be a whole"],
  ["eye", () => np.eye(-1), "eye: shape [-1, -1] has an extent -1"],
  ["tile", () => np.tile(ones(2), -1), "tile: repeats is -1, which must be a whole number of at"],
  ["repeat", () => np.repeat(ones(2), -1), "repeat: repeats is -1, which must be a whole number"],
  [
    "pad",
    () => np.pad(ones(2), -1),
    "pad: a width is -1, which must be a whole number of at least 0",
  ],
  ["oneHot", () => nn.oneHot(index(), -1), "oneHot: classes is -1, which must be a whole number"],
  ["split", () => random.split(key(), -1), "random.split: shape [-1] has an extent -1"],
  // Dtypes
  [
    "bitwiseAnd",
    () => np.bitwiseAnd(unknown(ones(2)), 1),
    "bitwiseAnd needs an integer or bool dtype, not",
  ],
  [
    "leftShift",
    () => np.leftShift(unknown(ones(2)), 1),
    "leftShift needs an integer or bool dtype, not fl",
  ],
  ["negative", () => np.negative(np.array([true])), "negative needs a number dtype, not bool"],
  [
    "take",
    () => np.take(ones(4), unknown(ones(2))),
    'take: indices must be integers, not float32: make them with { dtype: "int32" }, or cast them',
  ],
  [
    "uniform",
    () => random.uniform(key(), [2], { dtype: unknown("int8") }),
    "dtype must be a float, not int8",
  ],
  ["randint", () => random.randint(key(), [2], 0, 9, { dtype: "float16" }), "must be an integer"],
  ["zeros", () => np.zeros([2], { dtype: unknown("int64") }), 'there is no dtype "int64" among'],
  [
    "astype",
    () => ones(2).astype(unknown("f32")),
    'there is no dtype "f32" among float64, float32',
  ],
  ["grad", () => grad((x: Array) => x.sum())(index()), "grad: argument 0 holds i32[2]"],
  ["finfo", () => np.finfo("int8"), "finfo takes a float dtype, not int8: use iinfo"],
  // What is no array
  ["add", () => np.add(unknown("a"), 1), 'add takes arrays and numbers, not "a"'],
  ["sum", () => np.sum(unknown(null)), "sum takes arrays and numbers, not null"],
  ["add", () => np.add(unknown([1, 2]), 1), "add takes arrays and numbers, not a list"],
  ["at", () => np.at(ones(3), unknown(index())), "at: the index is a list with a part for each"],
  ["histogram", () => np.histogram(ones(4), unknown([0, 2])), "histogram: bins takes arrays and"],
  ["histogram", () => np.histogram(ones(4), ones(2, 2)), "histogram: edges must be a vector, not"],
  ["uniform", () => random.uniform(unknown(ones(4))), "random.uniform needs a key: make one with"],
]

describe("a mistake is told in one sentence", () => {
  test.each(mistakes)("by %s", (_name, call, sentence) => {
    let told = "nothing"
    try {
      call()
    } catch (error) {
      told = error instanceof Error ? error.message : String(error)
    }
    expect(told).toContain(sentence)
    expect(told).not.toContain("\n")
  })
})

describe("indices that are computed", () => {
  test("beyond an array are clamped by slices and dropped by updates", async () => {
    const x = np.array([1, 2, 3])
    const far = np.array([5, -9, 1], { dtype: "int32" })
    expect(await x.slice(far).toArray()).toEqual([3, 1, 2])
    expect(await x.at(far).set(9).toArray()).toEqual([1, 9, 3])
    expect(await x.at(far).add(1).toArray()).toEqual([1, 3, 3])
    expect(await np.take(x, far).toArray()).toEqual([Number.NaN, Number.NaN, 2])
    expect(await lax.dynamicSlice(x, [7], [2]).toArray()).toEqual([2, 3])
  })
})
