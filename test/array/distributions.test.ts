import { describe, expect, test } from "vitest"
import { type Array, grad, np, random, special } from "../../src/array/index.ts"
import { describeFixture } from "./conformance.ts"

const gradient = {
  gamma: (a: Array, key: Array): Array => grad((a: Array) => np.sum(random.gamma(key, a)))(a),
  dirichlet: (a: Array, key: Array): Array =>
    grad((a: Array) => random.dirichlet(key, a).slice(0))(a),
}

/** Loops of rejection, or of a gamma function's. */
const heavy = [
  ...["gamma", "loggamma", "beta", "dirichlet", "chisquare", "t", "f", "generalizedNormal", "ball"],
  ...["poisson", "binomial", "multinomial"],
].map((name) => `random.${name}`)

describeFixture(
  "distributions.json",
  { random, gradient },
  { heavy: [...heavy, "gradient.gamma", "gradient.dirichlet"] },
)

const count = 4000
/** Where the distance of Kolmogorov and Smirnov lies with all but one in ten thousand. */
const farthest = 2.23 / Math.sqrt(count)

/** The greatest distance between the samples' distribution function and another. */
async function distance(samples: Array, distribution: (x: Array) => Array): Promise<number> {
  const at = await distribution(np.sort(samples)).data()
  let worst = 0
  for (let i = 0; i < at.length; i++) {
    const [p, low, high] = [Number(at[i]), i / at.length, (i + 1) / at.length]
    worst = Math.max(worst, Math.abs(p - low), Math.abs(p - high))
  }
  return worst
}

describe("samples follow their distribution functions", () => {
  const key = random.key(3)

  test.each([0.2, 1, 3.5, 50])("gamma numbers with a = %d", async (a) => {
    const samples = random.gamma(key, a, [count])
    expect(await distance(samples, (x) => special.gammainc(a, x))).toBeLessThan(farthest)
  })

  test("the first and the last part of a Dirichlet vector are beta numbers", async () => {
    // With two parts and the second parameter 1, the first part's distribution function is x^a.
    const samples = random.dirichlet(key, np.array([2.5, 1]), [count])
    const first = samples.slice([], 0)
    expect(await distance(first, (x) => np.power(x, 2.5))).toBeLessThan(farthest)
    const beta = random.beta(key, 1, 4, [count])
    const below = (x: Array): Array => np.subtract(1, np.power(np.subtract(1, x), 4))
    expect(await distance(beta, below)).toBeLessThan(farthest)
  })

  test.each([0.7, 9.5, 10.5, 400])(
    "Poisson counts of mean %d have it for a variance too",
    async (mean) => {
      const samples = np.astype(random.poisson(key, mean, [count]), "float32")
      const error = Math.sqrt(mean / count)
      expect(Math.abs(Number(await np.mean(samples).item()) - mean)).toBeLessThan(4 * error)
      const ratio = Number(await np.var(samples).item()) / mean
      expect(Math.abs(ratio - 1)).toBeLessThan(4 * Math.sqrt((2 + 1 / mean) / count))
    },
  )

  test.each([
    [10, 0.3],
    [500, 0.7],
  ])("of %d trials %d succeed", async (n, p) => {
    const samples = random.binomial(key, n, p, [count])
    const variance = n * p * (1 - p)
    expect(Math.abs(Number(await np.mean(samples).item()) - n * p)).toBeLessThan(
      4 * Math.sqrt(variance / count),
    )
    expect(Math.abs(Number(await np.var(samples).item()) / variance - 1)).toBeLessThan(0.12)
  })

  test("points of a ball have radii of the power d", async () => {
    const radius = np.linalg.norm(random.ball(key, 3, 2, [count]), { axis: 1 })
    expect(await distance(radius, (r) => np.power(r, 3))).toBeLessThan(farthest)
  })

  test("multivariate normal vectors have the covariance that was asked for", async () => {
    const cov = np.array([
      [2, 0.8],
      [0.8, 1],
    ])
    for (const method of ["cholesky", "eigh", "svd"] as const) {
      const x = random.multivariateNormal(key, np.zeros(2), cov, [count], { method })
      const found = np.cov(x.T)
      const worst = Number(await np.max(np.absolute(np.subtract(found, cov))).item())
      expect(worst).toBeLessThan(0.2)
    }
  })

  test("random orthogonal matrices are orthogonal, and their entries have mean 0", async () => {
    const q = random.orthogonal(key, 4, [500])
    const gram = np.matmul(q.mT, q)
    const off = np.max(np.absolute(np.subtract(gram, np.eye(4))))
    expect(Number(await off.item())).toBeLessThan(1e-5)
    expect(Math.abs(Number(await np.mean(q).item()))).toBeLessThan(4 * (0.5 / Math.sqrt(8000)))
  })
})

test("what parameters do not fit is said with their shapes", () => {
  const key = random.key(0)
  expect(() => random.multivariateNormal(key, np.zeros(2), np.eye(3))).toThrow(/\[2\].*\[3, 3\]/)
  expect(() => random.dirichlet(key, 1)).toThrow("at least 1 axis")
  expect(() => random.categorical(key, np.zeros(3), { shape: [4], replace: false })).toThrow(
    "4 of 3",
  )
})
