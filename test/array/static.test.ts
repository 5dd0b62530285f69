import { describe, expectTypeOf, test } from "vitest"
import {
  type Array,
  type DType,
  grad,
  jit,
  lax,
  np,
  random,
  type Shape,
  vmap,
} from "../../src/index.ts"

// Nothing here runs: the claims are about types, and the type checker is the test.

type Matrix = Array<"float32", [2, 3]>

/** Claims that are checked, never executed. */
const claim = (name: string, _claims: () => unknown) => test(name, () => {})

describe("literal shapes are followed", () => {
  claim("from constructors", () => {
    expectTypeOf(np.zeros([2, 3])).toEqualTypeOf<Matrix>()
    expectTypeOf(np.ones(3, { dtype: "int8" })).toEqualTypeOf<Array<"int8", [3]>>()
    expectTypeOf(np.full([2, 2], true)).toEqualTypeOf<Array<"bool", [2, 2]>>()
    expectTypeOf(np.zerosLike(np.ones([2, 3]))).toEqualTypeOf<Matrix>()
    expectTypeOf(np.arange(5)).toEqualTypeOf<Array<"int32", [5]>>()
    expectTypeOf(np.linspace(0, 1, 9)).toEqualTypeOf<Array<"float32", [9]>>()
    expectTypeOf(np.identity(3)).toEqualTypeOf<Array<"float32", [3, 3]>>()
    expectTypeOf(np.eye(3, 4)).toEqualTypeOf<Array<"float32", [3, 4]>>()
    expectTypeOf(random.normal(random.key(0), [2, 3])).toEqualTypeOf<Matrix>()
    expectTypeOf(random.split(random.key(0), 4)).toEqualTypeOf<Array<"uint32", [4, 2]>>()
  })

  claim("from nested lists and typed arrays", () => {
    expectTypeOf(
      np.array([
        [1, 2, 3],
        [4, 5, 6],
      ]),
    ).toEqualTypeOf<Matrix>()
    expectTypeOf(np.array([true, false])).toEqualTypeOf<Array<"bool", [2]>>()
    expectTypeOf(np.array([1, 2], { dtype: "int32" })).toEqualTypeOf<Array<"int32", [2]>>()
    expectTypeOf(np.array(Int16Array.of(1))).toEqualTypeOf<Array<"int16">>()
    expectTypeOf(np.array([np.zeros([3]), np.ones([3])])).toEqualTypeOf<Matrix>()
  })

  claim("through maths, broadcast", () => {
    const x = np.zeros([2, 3])
    expectTypeOf(np.add(x, np.zeros([3]))).toEqualTypeOf<Matrix>()
    expectTypeOf(
      x
        .mul(2)
        .sub(np.ones([2, 1]))
        .exp(),
    ).toEqualTypeOf<Matrix>()
    expectTypeOf(np.zeros([4, 1]).add(np.zeros([5]))).toEqualTypeOf<Array<"float32", [4, 5]>>()
    expectTypeOf(np.less(x, 1)).toEqualTypeOf<Array<"bool", [2, 3]>>()
    expectTypeOf(x.astype("float16")).toEqualTypeOf<Array<"float16", [2, 3]>>()
    expectTypeOf(x.add(np.zeros([], { dtype: "float64" }))).toEqualTypeOf<
      Array<"float64", [2, 3]>
    >()
  })

  claim("through products", () => {
    const [a, b] = [np.zeros([2, 3]), np.zeros([3, 5])]
    expectTypeOf(np.matmul(a, b)).toEqualTypeOf<Array<"float32", [2, 5]>>()
    expectTypeOf(a.dot(np.zeros([3]))).toEqualTypeOf<Array<"float32", [2]>>()
    expectTypeOf(np.zeros([3]).matmul(b)).toEqualTypeOf<Array<"float32", [5]>>()
    expectTypeOf(np.zeros([3]).dot(np.zeros([3]))).toEqualTypeOf<Array<"float32", []>>()
    expectTypeOf(np.zeros([7, 2, 3]).matmul(b)).toEqualTypeOf<Array<"float32", [7, 2, 5]>>()
  })

  claim("through reductions", () => {
    const x = np.zeros([2, 3, 4])
    expectTypeOf(x.sum()).toEqualTypeOf<Array<"float32", []>>()
    expectTypeOf(x.sum(0)).toEqualTypeOf<Array<"float32", [3, 4]>>()
    expectTypeOf(np.mean(x, -1)).toEqualTypeOf<Array<"float32", [2, 3]>>()
    expectTypeOf(np.max(x, [0, -1])).toEqualTypeOf<Array<"float32", [3]>>()
    expectTypeOf(x.std(1, { keepdims: true })).toEqualTypeOf<Array<"float32", [2, 1, 4]>>()
    expectTypeOf(x.var({ axis: 1, keepdims: true })).toEqualTypeOf<Array<"float32", [2, 1, 4]>>()
    expectTypeOf(x.argmax(2)).toEqualTypeOf<Array<"int32", [2, 3]>>()
    expectTypeOf(x.any()).toEqualTypeOf<Array<"bool", []>>()
    expectTypeOf(np.sum(x, 0, { dtype: "float64" })).toEqualTypeOf<Array<"float64", [3, 4]>>()
  })

  claim("through movement", () => {
    const x = np.zeros([2, 3, 4])
    expectTypeOf(x.reshape([6, 4])).toEqualTypeOf<Array<"float32", [6, 4]>>()
    expectTypeOf(x.reshape(4, 6)).toEqualTypeOf<Array<"float32", [4, 6]>>()
    expectTypeOf(np.reshape(x, 24)).toEqualTypeOf<Array<"float32", [24]>>()
    expectTypeOf(np.zeros([64, 784]).reshape([64, 28, 28, 1])).toEqualTypeOf<
      Array<"float32", [64, 28, 28, 1]>
    >()
    expectTypeOf(np.zeros([0, 3]).reshape([7, 0])).toEqualTypeOf<Array<"float32", [7, 0]>>()
    expectTypeOf(x.transpose()).toEqualTypeOf<Array<"float32", [4, 3, 2]>>()
    expectTypeOf(np.transpose(x, [1, 0, 2])).toEqualTypeOf<Array<"float32", [3, 2, 4]>>()
  })

  claim("into what is read", () => {
    const x = np.zeros([2, 3])
    expectTypeOf(x.toArray()).resolves.toEqualTypeOf<number[][]>()
    expectTypeOf(x.sum().item()).resolves.toEqualTypeOf<number>()
    expectTypeOf(x.less(0).all().item()).resolves.toEqualTypeOf<boolean>()
    expectTypeOf(x.data()).resolves.toEqualTypeOf<Float32Array>()
  })
})

describe("literal shapes that cannot be are errors", () => {
  claim("where they do not broadcast", () => {
    const x = np.zeros([2, 3])
    // @ts-expect-error: shapes [2, 3] and [4] do not broadcast.
    np.add(x, np.zeros([4]))
    // @ts-expect-error: shapes [2, 3] and [2] do not broadcast.
    x.mul(np.zeros([2]))
    // @ts-expect-error: shapes [2, 3] and [2, 2] do not broadcast.
    x.less(np.eye(2))
  })

  claim("where inner extents differ", () => {
    const x = np.zeros([2, 3])
    // @ts-expect-error: the inner extents of [2, 3] and [2, 3] differ.
    np.matmul(x, x)
    // @ts-expect-error: the inner extents of [2, 3] and [2] differ.
    x.dot(np.zeros([2]))
  })

  claim("where reshape would lose elements", () => {
    // @ts-expect-error: [2, 3] and [4, 2] do not hold the same number of elements.
    np.zeros([2, 3]).reshape([4, 2])
    // @ts-expect-error: [60000, 784] and [60000, 28, 29] do not hold the same number of elements.
    np.reshape(np.zeros([60000, 784]), [60000, 28, 29])
    // @ts-expect-error: [2, 3] and [5] do not hold the same number of elements.
    np.zeros([2, 3]).reshape(5)
  })

  claim("where a variable of one shape is given another", () => {
    let x = np.zeros([3])
    // @ts-expect-error: [4] is not [3].
    x = np.zeros([4])
    return x
  })
})

describe("what is not known literally goes with everything", () => {
  const n: number = 3
  const wide: Array = np.zeros([n])

  claim("shapes of numbers, −1 and alternatives are any shape", () => {
    expectTypeOf(np.zeros([2, n])).toEqualTypeOf<Array<"float32", Shape>>()
    expectTypeOf(np.zeros(new globalThis.Array<number>(2))).toEqualTypeOf<Array<"float32", Shape>>()
    expectTypeOf(np.zeros([2, 3]).reshape([-1])).toEqualTypeOf<Array<"float32", Shape>>()
    expectTypeOf(np.zeros([n > 2 ? 2 : 3])).toEqualTypeOf<Array<"float32", Shape>>()
    expectTypeOf(np.array(new globalThis.Array<number[]>(2))).toEqualTypeOf<
      Array<"float32", Shape>
    >()
    expectTypeOf(np.zeros([2, 3]).sum(n)).toEqualTypeOf<Array<"float32", Shape>>()
  })

  claim("operations on it are of any shape", () => {
    expectTypeOf(np.zeros([2, 3]).add(wide)).toEqualTypeOf<Array>()
    expectTypeOf(np.matmul(np.zeros([2, 3]), wide)).toEqualTypeOf<Array>()
    expectTypeOf(wide.reshape([2, 2])).toEqualTypeOf<Array<DType, [2, 2]>>()
  })

  claim("it may be assigned where a shape is known, and the other way", () => {
    let x = np.zeros([3])
    x = np.add(x, wide)
    const any: Array = x
    const either = n > 2 ? np.zeros([2]) : np.zeros([3])
    expectTypeOf(either.add(1).sum()).toEqualTypeOf<Array<"float32", []>>()
    return [any, either.exp()]
  })

  claim("rows, and what is stacked of them, are of any shape", () => {
    const x = np.zeros([2, 3])
    expectTypeOf(vmap((row: Array<"float32", [3]>) => row.sum())(x)).toEqualTypeOf<
      Array<"float32">
    >()
    expectTypeOf(lax.map((row) => row.sum(), x)).toEqualTypeOf<Array<"float32">>()
    const sums = lax.scan((sum, row) => [sum.add(row), row.sum()], np.zeros([3]), x)
    expectTypeOf(sums).toEqualTypeOf<[Array<"float32", [3]>, Array<"float32">]>()
  })

  claim("functions that are passed on take any arrays", () => {
    const x = np.zeros([2, 3])
    expectTypeOf(jit(np.add)(x, 1)).toEqualTypeOf<Array>()
    expectTypeOf(vmap(np.matmul)(np.zeros([4, 2, 3]), np.zeros([4, 3]))).toEqualTypeOf<Array>()
    expectTypeOf(vmap(np.sum)(x)).toEqualTypeOf<Array>()
    expectTypeOf(grad((w: Matrix) => w.sum())(x)).toEqualTypeOf<Array>()
  })
})

describe("wrong dtypes are errors", () => {
  claim("bits of floats", () => {
    // @ts-expect-error: floats have no bits to combine.
    np.bitwiseAnd(np.zeros([2]), 1)
    np.bitwiseAnd(np.arange(3), 1)
    np.bitwiseOr(np.array([true]), true)
  })

  claim("indices that are floats", () => {
    const x = np.zeros([4])
    // @ts-expect-error: np.array of numbers is float32.
    np.take(x, np.array([0, 1]))
    np.take(x, np.array([0, 1], { dtype: "int32" }))
    x.take(np.arange(2))
  })

  claim("keys that are none", () => {
    // @ts-expect-error: a seed is no key.
    random.normal(0, [2])
    // @ts-expect-error: four keys are not one.
    random.normal(random.split(random.key(0), 4), [2])
    for (const key of random.split(random.key(0))) random.normal(key, [2])
  })

  claim("samples of integers where floats are drawn", () => {
    // @ts-expect-error: int8 is no float.
    random.uniform(random.key(0), [2], { dtype: "int8" })
  })
})

describe("plain numbers", () => {
  claim("are scalar arrays in loops that start from them", () => {
    const sum = lax.foriLoop(0, 5, (i, sum) => np.add(sum, i), 0)
    expectTypeOf(sum).toEqualTypeOf<Array>()
    const power = lax.whileLoop(
      ({ x }) => x.less(100),
      ({ x, steps }) => ({ x: x.mul(2), steps: steps.add(1) }),
      { x: 3, steps: 0 },
    )
    expectTypeOf(power).toEqualTypeOf<{ x: Array; steps: Array }>()
    const [last] = lax.scan((sum, x) => [sum.add(x), null], 0, np.arange(4))
    expectTypeOf(last).toEqualTypeOf<Array>()
  })
})
