import { describe, expect, test } from "vitest"
import { type Array, np, random, vmap } from "../../src/array/index.ts"
import { expectStored, readFixture, type StoredArray, type Tolerance } from "./reference.ts"

const stored = readFixture("random.json") as {
  readonly [name: string]: { readonly [form: string]: StoredArray }
}
const exact: Tolerance = { relative: 0, absolute: 0 }
/** Transcendental functions may differ in the last bits. */
const close: Tolerance = { relative: 2e-6, absolute: 1e-7 }

const logits = () =>
  np.log(
    np.array([
      [0.1, 0.2, 0.3, 0.4],
      [0.7, 0.1, 0.1, 0.1],
    ]),
  )
const rows = () => np.arange(12).reshape([6, 2])
const p = [0.1, 0.2, 0.3, 0.4]
const key = random.key

const calls: { readonly [name: string]: { readonly [form: string]: () => Array } } = {
  key: Object.fromEntries(Object.keys(stored.key).map((seed) => [seed, () => key(Number(seed))])),
  split: {
    "key(1), 3": () => random.split(key(1), 3),
    "key(7), [2, 2]": () => random.split(key(7), [2, 2]),
  },
  foldIn: Object.fromEntries(
    Object.keys(stored.foldIn).map((data) => [data, () => random.foldIn(key(5), Number(data))]),
  ),
  bits: {
    scalar: () => random.bits(key(0)),
    "[4]": () => random.bits(key(10), [4]),
    "[3, 5]": () => random.bits(key(3), [3, 5]),
    "[0]": () => random.bits(key(3), [0]),
  },
  uniform: {
    "[4]": () => random.uniform(key(51), [4]),
    "[2, 3] from -2 to 5": () => random.uniform(key(4), [2, 3], { minval: -2, maxval: 5 }),
  },
  bernoulli: { "0.3": () => random.bernoulli(key(2), 0.3, [16]) },
  randint: {
    "0 to 10": () => random.randint(key(0), [9], 0, 10),
    "-7 to 100000": () => random.randint(key(6), [9], -7, 100000),
    "whole range": () => random.randint(key(6), [9], -(2 ** 31), 2 ** 31 - 1),
    "empty range": () => random.randint(key(6), [3], 5, 5),
  },
  permutation: {
    "10": () => random.permutation(key(0), 10),
    "2000": () => random.permutation(key(11), 2000),
    rows: () => random.permutation(key(3), rows()),
    independent: () => random.permutation(key(3), rows(), 0, { independent: true }),
  },
  choice: {
    "with replacement": () => random.choice(key(0), 5, { shape: [6] }),
    "without replacement": () => random.choice(key(1), 8, { shape: [4], replace: false }),
    weighted: () => random.choice(key(2), 4, { shape: [12], p: np.array(p) }),
    "weighted without replacement": () =>
      random.choice(key(3), 4, { shape: [3], replace: false, p: np.array(p) }),
    rows: () => random.choice(key(4), rows(), { shape: [2, 2] }),
  },
  categorical: {
    rows: () => random.categorical(key(1), logits()),
    "[6, 2]": () => random.categorical(key(1), logits(), { shape: [6, 2] }),
    "axis 0": () => random.categorical(key(2), logits(), { axis: 0 }),
  },
  normal: {
    "[7]": () => random.normal(key(0), [7]),
    "[2, 3]": () => random.normal(key(8), [2, 3]),
  },
  gumbel: { "[5]": () => random.gumbel(key(9), [5]) },
  truncatedNormal: { "-1 to 2": () => random.truncatedNormal(key(5), -1, 2, [8]) },
  exponential: { "[5]": () => random.exponential(key(5), [5]) },
  laplace: { "[5]": () => random.laplace(key(5), [5]) },
  cauchy: { "[5]": () => random.cauchy(key(5), [5]) },
  rademacher: { "[9]": () => random.rademacher(key(5), [9]) },
  logistic: { "[5]": () => random.logistic(key(5), [5]) },
  pareto: { "3": () => random.pareto(key(5), 3, [5]) },
  weibullMin: { "2, 1.5": () => random.weibullMin(key(5), 2, 1.5, [5]) },
  rayleigh: { "2": () => random.rayleigh(key(5), 2, [5]) },
  maxwell: { "[5]": () => random.maxwell(key(5), [5]) },
  doubleSidedMaxwell: { "1, 2": () => random.doubleSidedMaxwell(key(5), 1, 2, [5]) },
  wald: { "of means": () => random.wald(key(5), np.array([0.5, 1, 3])) },
  geometric: { "0.2": () => random.geometric(key(5), 0.2, [9]) },
  triangular: { "-1, 0, 3": () => random.triangular(key(5), -1, 0, 3, [5]) },
  lognormal: { "0.5": () => random.lognormal(key(5), 0.5, [5]) },
}

/** Samples computed from the bits in steps that compilers may round differently. */
const computed = [
  "normal",
  "gumbel",
  "truncatedNormal",
  "exponential",
  "laplace",
  "cauchy",
  "logistic",
  "pareto",
  "weibullMin",
  "rayleigh",
  "maxwell",
  "doubleSidedMaxwell",
  "wald",
  "triangular",
  "lognormal",
]
const rounded = (name: string, form: string) => computed.includes(name) || form.includes("-2 to 5")

test("every stored distribution is compared", () => {
  expect(Object.keys(calls).sort()).toEqual(Object.keys(stored).sort())
})

describe.each(Object.entries(calls))("random.%s", (name, forms) => {
  test.each(Object.entries(forms))("equals JAX's for the same key: %s", async (form, call) => {
    await expectStored(call(), stored[name][form], rounded(name, form) ? close : exact)
  })
})

describe("random numbers", () => {
  test("are the same for each key under vmap as in a loop", async () => {
    const keys = random.split(key(1234), 3)
    const together = await vmap((k: Array) => random.uniform(k, [4]))(keys).toArray()
    const one = await Promise.all([...keys].map((k) => random.uniform(k, [4]).toArray()))
    expect(together).toEqual(one)
  })

  test("refuse what is no key", () => {
    const floats: Array = np.zeros([2])
    expect(() => random.bits(floats)).toThrow(
      "random.bits needs a key: make one with random.key(seed)",
    )
    expect(() => random.key(0.5)).toThrow("the seed is 0.5, which must be a whole number")
  })

  test("refuse to draw more than there are without replacement", () => {
    expect(() => random.choice(key(0), 3, { shape: [4], replace: false })).toThrow(
      "4 of 3 without replacement",
    )
  })
})
