/** Test programs beyond float32 and middling sizes: other dtypes, linear algebra, tiny ones, big ones. */

import {
  type Array,
  bf16,
  bool,
  f16,
  f32,
  f64,
  fft,
  grad,
  i32,
  lax,
  nn,
  np,
  random,
  u8,
  u32,
  valueAndGrad,
} from "../../src/index.ts"
import { parameterShapes } from "../cases/training.ts"
import type { Ungrouped } from "./programs.ts"

const matmul = (x: Array, y: Array): Array => np.matmul(x, y)
const plusOne = (x: Array): Array => x.add(1)

const dtypes: readonly Ungrouped[] = [
  { name: "float64 polynomial, 500 000", f: (x) => x.mul(x).add(x).mul(x), specs: [f64(500_000)] },
  { name: "float64 exp, 200 000", f: (x) => np.exp(x), specs: [f64(200_000)] },
  { name: "float64 matmul 300", f: matmul, specs: [f64(300, 300), f64(300, 300)] },
  { name: "float64 sum, 4 million", f: (x) => np.sum(x), specs: [f64(4_000_000)] },
  { name: "int32 remainders, 300 000", f: (x) => x.mul(7).add(3).mod(11), specs: [i32(300_000)] },
  { name: "int32 matmul 200", f: matmul, specs: [i32(200, 200), i32(200, 200)] },
  { name: "uint8 images to float32, 2 million", f: (x) => x.div(255), specs: [u8(2_000_000)] },
  {
    name: "bool logic, 4 million",
    f: (x, y) => np.logicalAnd(x, np.logicalNot(y)),
    specs: [bool(4_000_000), bool(4_000_000)],
  },
  { name: "float16 sum of two, 1 million", f: (x, y) => x.add(y), specs: [f16(1e6), f16(1e6)] },
  { name: "bfloat16 gelu, 1 million", f: (x) => nn.gelu(x), specs: [bf16(1e6)] },
  { name: "bfloat16 matmul 1024", f: matmul, specs: [bf16(1024, 1024), bf16(1024, 1024)] },
  {
    name: "matmul 2048, rounded to bfloat16",
    f: matmul,
    specs: [f32(2048, 2048), f32(2048, 2048)],
    precision: "bfloat16",
  },
]

/** A symmetric matrix with a heavy diagonal. */
const heavy = (x: Array): Array =>
  np.matmul(x, x.T).add(np.eye(Number(x.shape[0])).mul(Number(x.shape[0])))

const algebra: readonly Ungrouped[] = [
  { name: "fft, 65 536", f: (x) => fft.fft(x).real, specs: [f32(65_536)] },
  { name: "fft of 256×256", f: (x) => fft.fft2(x).real, specs: [f32(256, 256)] },
  { name: "Cholesky, 300", f: (x) => np.linalg.cholesky(heavy(x)), specs: [f32(300, 300)] },
  {
    name: "solve, 300",
    f: (x, b) => np.linalg.solve(heavy(x), b),
    specs: [f32(300, 300), f32(300)],
  },
  { name: "QR, 200×100", f: (x) => np.linalg.qr(x), specs: [f32(200, 100)] },
  {
    name: "eigenvalues of a symmetric matrix, 60",
    f: (x) => np.linalg.eigvalsh(x.add(x.T)),
    specs: [f32(60, 60)],
  },
  { name: "singular values, 50×30", f: (x) => np.linalg.svd(x), specs: [f32(50, 30)] },
  { name: "inverse, 150", f: (x) => np.linalg.inv(heavy(x)), specs: [f32(150, 150)] },
  { name: "64 determinants of 8×8", f: (x) => np.linalg.det(x), specs: [f32(64, 8, 8)] },
]

const sizes: readonly Ungrouped[] = [
  { name: "plus one, 4", f: plusOne, specs: [f32(4)] },
  { name: "plus one, 10 000", f: plusOne, specs: [f32(10_000)] },
  { name: "dot of 256", f: (x, y) => np.dot(x, y), specs: [f32(256), f32(256)] },
  { name: "matmul 4×4×4", f: matmul, specs: [f32(4, 4), f32(4, 4)] },
  { name: "matrix times vector, 2000", f: matmul, specs: [f32(2000, 2000), f32(2000)] },
  { name: "vector times matrix, 2000", f: matmul, specs: [f32(2000), f32(2000, 2000)] },
  { name: "512 products of 16×16×16", f: matmul, specs: [f32(512, 16, 16), f32(512, 16, 16)] },
  { name: "matmul 4500", f: matmul, specs: [f32(4500, 4500), f32(4500, 4500)] },
  { name: "sort, 12 million", f: (x) => np.sort(x), specs: [f32(12_000_000)] },
  { name: "fft, 2 million", f: (x) => fft.fft(x).real, specs: [f32(2 ** 21)] },
  { name: "matmul 3000", f: matmul, specs: [f32(3000, 3000), f32(3000, 3000)] },
  { name: "random bits, 4 million", f: (key) => random.bits(key, [4_000_000]), specs: [u32(2)] },
  { name: "softmax, 4096×4096", f: (x) => nn.softmax(x, -1), specs: [f32(4096, 4096)] },
  { name: "layer norm, 4096×4096", f: (x) => nn.standardize(x, -1), specs: [f32(4096, 4096)] },
  {
    name: "chain of eight, 16 million",
    f: (x, y) => {
      let z = x
      for (let i = 0; i < 4; i++) z = z.mul(y).add(0.5)
      return z
    },
    specs: [f32(2 ** 24), f32(2 ** 24)],
  },
]

const layout = { dimensionNumbers: ["NHWC", "HWIO", "NHWC"] as const }
const conv = (x: Array, w: Array): Array =>
  lax.convGeneralDilated(x, w, [1, 1], "SAME", { dimensionNumbers: [...layout.dimensionNumbers] })
const images = f32(16, 56, 56, 64)
const kernel = f32(3, 3, 64, 64)
const gradientOf = (argument: 0 | 1) => (x: Array, w: Array) =>
  valueAndGrad((x: Array, w: Array) => np.sum(np.square(conv(x, w))), { argnums: argument })(
    x,
    w,
  )[1]

const logitsOf = (parameters: readonly Array[], x: Array): Array => {
  const [w1, b1, w2, b2, w3, b3, w4, b4] = parameters
  const pool = (a: Array): Array =>
    lax.reduceWindow(a, "max", [1, 2, 2, 1], { strides: [1, 2, 2, 1] })
  const a = pool(nn.relu(conv(x, w1).add(b1)))
  const b = pool(nn.relu(conv(a, w2).add(b2)))
  const hidden = nn.relu(np.matmul(np.reshape(b, [Number(x.shape[0]), -1]), w3).add(b3))
  return np.matmul(hidden, w4).add(b4)
}

const trainImages = (...args: Array[]): Array[] => {
  const [x, y] = args.slice(8)
  const loss = (parameters: Array[]): Array => {
    const logits = logitsOf(parameters, x)
    return np.mean(nn.logsumexp(logits, -1).sub(np.sum(logits.mul(y), -1)))
  }
  const parameters = args.slice(0, 8)
  const [value, slopes] = valueAndGrad(loss)(parameters)
  return [value, ...parameters.map((p, i) => p.sub(slopes[i].mul(0.05)))]
}

const [batch, tokens, width, heads] = [32, 64, 256, 8]
const blockLoss = (parameters: readonly Array[], x: Array): Array => {
  const [qkv, out, w1, c1, w2] = parameters
  const [q, k, v] = np
    .split(np.matmul(nn.standardize(x, -1), qkv), 3, -1)
    .map((part) => part.reshape([batch, tokens, heads, width / heads]))
  const y = x.add(np.matmul(nn.dotProductAttention(q, k, v).reshape([batch, tokens, width]), out))
  const hidden = nn.gelu(np.matmul(nn.standardize(y, -1), w1).add(c1))
  return np.mean(np.square(y.add(np.matmul(hidden, w2))))
}

const trainBlock = (...args: Array[]): unknown => {
  const parameters = args.slice(0, 5)
  const [value, slopes] = valueAndGrad((p: Array[]) => blockLoss(p, args[5]))(parameters)
  return [value, ...parameters.map((p, i) => p.sub(slopes[i].mul(0.01)))]
}

const large: readonly Ungrouped[] = [
  { name: "conv 3×3 64→64, 56×56, batch 16", f: conv, specs: [images, kernel] },
  { name: "the same: input gradient", f: gradientOf(0), specs: [images, kernel] },
  { name: "the same: kernel gradient", f: gradientOf(1), specs: [images, kernel] },
  {
    name: "MNIST step, batch 128",
    f: trainImages,
    specs: [...parameterShapes.map((shape) => f32(...shape)), f32(128, 28, 28, 1), f32(128, 10)],
  },
  {
    name: "20 steps of an image network, batch 128",
    f: (...args) =>
      lax.foriLoop(
        0,
        20,
        (_, parameters: Array[]): Array[] => trainImages(...parameters, ...args.slice(8)).slice(1),
        args.slice(0, 8),
      ),
    specs: [...parameterShapes.map((shape) => f32(...shape)), f32(128, 28, 28, 1), f32(128, 10)],
  },
  {
    name: "20 steps of a perceptron, 256 of 100-200-10",
    f: (w1, w2, x, y) =>
      lax.foriLoop(
        0,
        20,
        (_, [a, b]: [Array, Array]): [Array, Array] => {
          const loss = (c: Array, d: Array): Array =>
            np.mean(np.square(np.matmul(np.tanh(np.matmul(x, c)), d).sub(y)))
          const [da, db] = grad(loss, { argnums: [0, 1] })(a, b)
          return [a.sub(da.mul(0.01)), b.sub(db.mul(0.01))]
        },
        [w1, w2],
      ),
    specs: [f32(100, 200), f32(200, 10), f32(256, 100), f32(256, 10)],
  },
  {
    name: "transformer block's step, 32×64×256",
    f: trainBlock,
    specs: [
      f32(width, 3 * width),
      f32(width, width),
      f32(width, 4 * width),
      f32(4 * width),
      f32(4 * width, width),
      f32(batch, tokens, width),
    ],
  },
]

export const widerGroups = { dtypes, algebra, sizes, large }
