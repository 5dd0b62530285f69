import fc from "fast-check"
import { beforeAll, describe, expect, test } from "vitest"
import {
  type Array,
  closeDevices,
  fft,
  grad,
  np,
  setDefaultDevice,
  vmap,
} from "../../src/array/index.ts"

/** The transform by its definition, in float64. */
function definition(real: readonly number[], imag: readonly number[]): [number[], number[]] {
  const n = real.length
  const sums: [number[], number[]] = [[], []]
  for (let k = 0; k < n; k++) {
    let [re, im] = [0, 0]
    for (let j = 0; j < n; j++) {
      const angle = (-2 * Math.PI * ((j * k) % n)) / n
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
      re += real[j] * cos - imag[j] * sin
      im += real[j] * sin + imag[j] * cos
    }
    sums[0].push(re)
    sums[1].push(im)
  }
  return sums
}

function distance(a: Iterable<number>, b: readonly number[]): number {
  return [...a].reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0)
}

/** Numbers between −1 and 1 that are floats. */
function samples(n: number, seed: number): number[] {
  return globalThis.Array.from({ length: n }, (_, i) =>
    Math.fround(Math.sin((i + 1) * (seed + 1.3)) * Math.cos(i * i + seed)),
  )
}

// Powers of two, other small factors, primes with a matrix of their own, and those without.
const lengths = [1, 2, 3, 7, 8, 16, 30, 61, 64, 67, 97, 134, 210, 256, 1009]

describe.each(["cpu", "ram"])("on %s", (device) => {
  beforeAll(() => {
    const before = setDefaultDevice(device)
    return () => {
      setDefaultDevice(before)
    }
  })

  const sizes = device === "cpu" ? lengths : lengths.slice(0, 10)
  test.each(sizes)("a transform of length %i is what the definition says", async (n) => {
    const [real, imag] = [samples(n, 0), samples(n, 1)]
    const [wantedReal, wantedImag] = definition(real, imag)
    const found = fft.fft({ real: np.array(real), imag: np.array(imag) })
    const bound = 1e-6 * Math.sqrt(n) * Math.log2(n + 1)
    expect(distance(await found.real.data(), wantedReal)).toBeLessThan(bound)
    expect(distance(await found.imag.data(), wantedImag)).toBeLessThan(bound)
  })

  test.each(sizes)("the inverse of a transform of length %i is the beginning", async (n) => {
    const x = { real: np.array(samples(n, 2)), imag: np.array(samples(n, 3)) }
    const back = fft.ifft(fft.fft(x))
    expect(distance(await back.real.data(), samples(n, 2))).toBeLessThan(2e-6)
    expect(distance(await back.imag.data(), samples(n, 3))).toBeLessThan(2e-6)
    const real = fft.irfft(fft.rfft(x.real), n)
    expect(distance(await real.data(), samples(n, 2))).toBeLessThan(2e-6)
  })
})

test("a transform keeps the energy (Parseval)", async () => {
  const axes = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 70 }))
  await fc.assert(
    fc.asyncProperty(axes, fc.integer({ min: 0, max: 1 }), async ([rows, n], axis) => {
      const x = np.array(samples(rows * n, 4)).reshape([rows, n])
      const { real, imag } = fft.fft(x, { axis, norm: "ortho" })
      const energy = Number(await np.sum(np.add(np.square(real), np.square(imag))).item())
      expect(energy).toBeCloseTo(Number(await np.sum(np.square(x)).item()), 3)
    }),
    { numRuns: 15 },
  )
})

test("real numbers have half of the transform that complex ones have", async () => {
  for (const n of [2, 5, 12, 67, 134]) {
    const x = np.array(samples(n, 5))
    const [half, whole] = [fft.rfft(x), fft.fft(x)]
    const kept = Math.floor(n / 2) + 1
    expect(half.real.shape).toEqual([kept])
    expect(distance(await half.real.data(), [...(await whole.real.data())])).toBeLessThan(1e-5)
    expect(distance(await half.imag.data(), [...(await whole.imag.data())])).toBeLessThan(1e-5)
  }
})

test("the gradient of a transform's energy is 2n times the array", async () => {
  const x = np.array(samples(12, 6))
  const energy = (y: Array) => {
    const { real, imag } = fft.fft(y)
    return np.add(np.sum(np.square(real)), np.sum(np.square(imag)))
  }
  const slope = await grad(energy)(x).data()
  const wanted = samples(12, 6).map((value) => 24 * value)
  expect(distance(slope, wanted)).toBeLessThan(1e-4)
})

test("a batch of transforms is the transform of a batch", async () => {
  const x = np.array(samples(60, 7)).reshape([4, 15])
  const together = vmap((row: Array) => fft.fft(row).imag)(x)
  expect(await together.toArray()).toEqual(await fft.fft(x).imag.toArray())
})

test("transforms run again after all devices were closed", async () => {
  const energy = () => fft.fft(np.array(samples(32, 8))).real.data()
  const before = await energy()
  await closeDevices()
  expect(await energy()).toEqual(before)
})

test("lengths, norms and axes that cannot be are refused", () => {
  const x = np.zeros([3, 4])
  expect(() => fft.fft(x, 0)).toThrow("fft: the length is 0, which must be a whole number")
  expect(() => fft.fft(x, { axis: 2 })).toThrow("fft: axis")
  expect(() => fft.fftn(x, [2])).not.toThrow()
  expect(() => fft.fft2(x, [2])).toThrow("fft2: 1 lengths for 2 axes")
  expect(() => fft.fft({ real: x, imag: np.zeros([3]) })).toThrow(
    "fft: real and imag must have one shape, not [3, 4] and [3]",
  )
})
