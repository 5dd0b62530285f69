/**
 * The programs on which quotes are tested. No calibration has seen them: those that devices are
 * calibrated with stand in src/device/calibration-programs.ts, and neither file takes from the other.
 */

import {
  type AbstractArray,
  type Array,
  bool,
  type ContractionPrecision,
  f32,
  grad,
  i32,
  lax,
  nn,
  np,
  random,
  u32,
  valueAndGrad,
  vmap,
} from "../../src/index.ts"
import { widerGroups } from "./wider-programs.ts"

export interface TestProgram {
  readonly group: string
  readonly name: string
  readonly f: (...args: Array[]) => unknown
  readonly specs: readonly AbstractArray[]
  /** Whole numbers among the inputs are drawn from 0 to below this. */
  readonly below?: number
  /** To what contractions round their operands. */
  readonly precision?: ContractionPrecision
}

export type Ungrouped = Omit<TestProgram, "group">

const gelu = (x: Array): Array =>
  x.mul(0.5).mul(np.tanh(x.add(x.mul(x).mul(x).mul(0.044715)).mul(0.7978846)).add(1))

const attention = (q: Array, k: Array, v: Array): Array => {
  const scores = np.einsum("bhqd,bhkd->bhqk", q, k).mul(1 / Math.sqrt(Number(q.shape[3])))
  return np.einsum("bhqk,bhkd->bhqd", nn.softmax(scores, -1), v)
}

const layerNorm = (x: Array): Array => {
  const d = x.sub(np.mean(x, -1, { keepdims: true }))
  return d.div(np.sqrt(np.mean(d.mul(d), -1, { keepdims: true }).add(1e-6)))
}

const elementwise: readonly Ungrouped[] = [
  { name: "axpy, 1000", f: (x, y) => x.mul(2.5).add(y), specs: [f32(1000), f32(1000)] },
  { name: "gelu, 128×768", f: gelu, specs: [f32(128, 768)] },
  { name: "gelu, 4 million", f: gelu, specs: [f32(4_000_000)] },
  {
    name: "haversine, 300 000",
    f: (a, b, c, d) => {
      const [s, t] = [np.sin(c.sub(a).mul(0.5)), np.sin(d.sub(b).mul(0.5))]
      const h = s.mul(s).add(np.cos(a).mul(np.cos(c)).mul(t).mul(t))
      return np.arcsin(np.sqrt(np.minimum(h, 1))).mul(12742)
    },
    specs: [f32(300_000), f32(300_000), f32(300_000), f32(300_000)],
  },
  {
    name: "clipped difference, 6 million",
    f: (x, y) => np.clip(x.sub(y), -0.2, 0.2),
    specs: [f32(6_000_000), f32(6_000_000)],
  },
  {
    name: "Black–Scholes, 100 000",
    f: (s, k) => {
      const d = np.log(s.div(k)).add(0.07).mul(2)
      const n = (x: Array): Array => lax.erf(x.mul(Math.SQRT1_2)).add(1).mul(0.5)
      return s.mul(n(d)).sub(k.mul(0.95).mul(n(d.sub(0.5))))
    },
    specs: [f32(100_000), f32(100_000)],
  },
]

const reductions: readonly Ungrouped[] = [
  { name: "mean and variance, 100 000", f: (x) => [np.mean(x), np.var(x)], specs: [f32(100_000)] },
  {
    name: "norms of rows, 3000×128",
    f: (x) => np.sqrt(np.sum(x.mul(x), 1)),
    specs: [f32(3000, 128)],
  },
  { name: "product, 1 million", f: (x) => np.prod(x), specs: [f32(1_000_000)] },
  { name: "maximum, 20 million", f: (x) => np.max(x), specs: [f32(20_000_000)] },
  { name: "sums of columns, 10 000×100", f: (x) => np.sum(x, 0), specs: [f32(10_000, 100)] },
  { name: "log-sum-exp, 512×2000", f: (x) => nn.logsumexp(x, -1), specs: [f32(512, 2000)] },
  { name: "argmin of rows, 2000×100", f: (x) => np.argmin(x, 1), specs: [f32(2000, 100)] },
  { name: "softmax, 64×5000", f: (x) => nn.softmax(x, -1), specs: [f32(64, 5000)] },
  { name: "layer norm, 1000×512", f: layerNorm, specs: [f32(1000, 512)] },
]

const matmul = (x: Array, y: Array): Array => np.matmul(x, y)
const products: readonly Ungrouped[] = [
  ...(
    [
      [16, 16, 16],
      [100, 100, 100],
      [384, 384, 384],
      [1024, 1024, 1024],
      [1, 2048, 512],
      [128, 3, 4096],
      [33, 1000, 65],
      [4096, 64, 64],
      [8, 4000, 8],
    ] as const
  ).map(([m, k, n]) => ({
    name: `matmul ${m}×${k}×${n}`,
    f: matmul,
    specs: [f32(m, k), f32(k, n)],
  })),
  { name: "batched matmul 64 of 32×64×32", f: matmul, specs: [f32(64, 32, 64), f32(64, 64, 32)] },
  { name: "Gram matrix, 5000×40", f: (x) => np.matmul(x.T, x), specs: [f32(5000, 40)] },
]

const conv =
  (stride: number) =>
  (x: Array, w: Array): Array =>
    lax.convGeneralDilated(x, w, [stride, stride], "SAME", {
      dimensionNumbers: ["NHWC", "HWIO", "NHWC"],
    })

const networks: readonly Ungrouped[] = [
  {
    name: "conv 3×3, 8×32×32×32 to 64",
    f: conv(1),
    specs: [f32(8, 32, 32, 32), f32(3, 3, 32, 64)],
  },
  { name: "conv 5×5, 16×28×28×1 to 8", f: conv(1), specs: [f32(16, 28, 28, 1), f32(5, 5, 1, 8)] },
  {
    name: "conv 3×3 stride 2, 4×64×64×16 to 32",
    f: conv(2),
    specs: [f32(4, 64, 64, 16), f32(3, 3, 16, 32)],
  },
  {
    name: "gradient of a conv's kernel, 8×20×20×24",
    f: grad((w: Array, x: Array) => np.sum(np.tanh(conv(1)(x, w))), { argnums: 0 }),
    specs: [f32(3, 3, 24, 24), f32(8, 20, 20, 24)],
  },
  {
    name: "attention, 2×4×128×32",
    f: attention,
    specs: [f32(2, 4, 128, 32), f32(2, 4, 128, 32), f32(2, 4, 128, 32)],
  },
  {
    name: "attention, 1×8×512×64",
    f: attention,
    specs: [f32(1, 8, 512, 64), f32(1, 8, 512, 64), f32(1, 8, 512, 64)],
  },
]

const places: readonly Ungrouped[] = [
  { name: "sort, 10 000", f: (x) => np.sort(x), specs: [f32(10_000)] },
  { name: "sort, 1 million", f: (x) => np.sort(x), specs: [f32(1_000_000)] },
  { name: "argsort of rows, 1000×64", f: (x) => np.argsort(x, 1), specs: [f32(1000, 64)] },
  { name: "top 10 of 64×2000", f: (x) => lax.topK(x, 10), specs: [f32(64, 2000)] },
  { name: "running sum, 300 000", f: (x) => np.cumsum(x), specs: [f32(300_000)] },
  { name: "running sums of columns, 500×500", f: (x) => np.cumsum(x, 0), specs: [f32(500, 500)] },
  {
    name: "embedding, 20 000 of 30 000×32",
    f: (table, rows) => np.take(table, rows, 0),
    specs: [f32(30_000, 32), i32(20_000)],
    below: 30_000,
  },
  {
    name: "histogram of 100 000",
    f: (bins) => np.zeros([256]).at(bins).add(1),
    specs: [i32(100_000)],
    below: 256,
  },
  { name: "transpose, 800×1500", f: (x) => x.T.mul(2), specs: [f32(800, 1500)] },
  {
    name: "choice of two, 500 000",
    f: (c, x, y) => np.where(c, x, y),
    specs: [bool(500_000), f32(500_000), f32(500_000)],
  },
  { name: "normal numbers, 200 000", f: (key) => random.normal(key, [200_000]), specs: [u32(2)] },
]

/** Mean squared error of a perceptron: parameters w1 b1 w2 b2, then x and y. */
const perceptron = (w1: Array, b1: Array, w2: Array, b2: Array, x: Array, y: Array): Array => {
  const h = np.maximum(np.matmul(x, w1).add(b1), 0)
  const d = np.matmul(h, w2).add(b2).sub(y)
  return np.mean(d.mul(d))
}

const trainPerceptron = (...args: Array[]): unknown => {
  const [w1, b1, w2, b2, x, y] = args
  const [loss, slopes] = valueAndGrad(perceptron, { argnums: [0, 1, 2, 3] })(w1, b1, w2, b2, x, y)
  return [loss, ...[w1, b1, w2, b2].map((p, i) => p.sub(slopes[i].mul(0.01)))]
}

const perceptronSpecs = (batch: number, input: number, hidden: number, output: number) => [
  f32(input, hidden),
  f32(hidden),
  f32(hidden, output),
  f32(output),
  f32(batch, input),
  f32(batch, output),
]

const imageLoss = (w1: Array, w2: Array, w3: Array, x: Array, y: Array): Array => {
  const pool = (a: Array): Array =>
    lax.reduceWindow(a, "max", [1, 2, 2, 1], { strides: [1, 2, 2, 1] })
  const a = pool(np.maximum(conv(1)(x, w1), 0))
  const b = pool(np.maximum(conv(1)(a, w2), 0))
  const logits = np.matmul(np.reshape(b, [Number(x.shape[0]), -1]), w3)
  return np.mean(nn.logsumexp(logits, -1).sub(np.sum(logits.mul(y), -1)))
}

const steps: readonly Ungrouped[] = [
  {
    name: "perceptron's step, 32 of 784-128-10",
    f: trainPerceptron,
    specs: perceptronSpecs(32, 784, 128, 10),
  },
  {
    name: "perceptron's step, 512 of 200-300-50",
    f: trainPerceptron,
    specs: perceptronSpecs(512, 200, 300, 50),
  },
  {
    name: "image network's step, 32 of 28×28",
    f: (w1, w2, w3, x, y) => valueAndGrad(imageLoss, { argnums: [0, 1, 2] })(w1, w2, w3, x, y),
    specs: [
      f32(3, 3, 1, 16),
      f32(3, 3, 16, 32),
      f32(7 * 7 * 32, 10),
      f32(32, 28, 28, 1),
      f32(32, 10),
    ],
  },
  {
    name: "transformer block, 2×64×96",
    f: (x, wq, wo, w1, w2) => {
      const heads = np.transpose(
        np.reshape(np.matmul(layerNorm(x), wq), [2, 64, 3, 4, 24]),
        [2, 0, 3, 1, 4],
      )
      const mixed = attention(heads.at(0).get(), heads.at(1).get(), heads.at(2).get())
      const y = x.add(np.matmul(np.reshape(np.transpose(mixed, [0, 2, 1, 3]), [2, 64, 96]), wo))
      return y.add(np.matmul(gelu(np.matmul(layerNorm(y), w1)), w2))
    },
    specs: [f32(2, 64, 96), f32(96, 288), f32(96, 96), f32(96, 384), f32(384, 96)],
  },
  {
    name: "logistic regression's step, 5000×30",
    f: (w, x, y) => {
      const loss = (p: Array): Array => {
        const z = np.matmul(x, p)
        return np.mean(np.log1p(np.exp(z)).sub(z.mul(y)))
      }
      return w.sub(grad(loss)(w).mul(0.1))
    },
    specs: [f32(30), f32(5000, 30), f32(5000)],
  },
  {
    name: "k-means assignment, 4000×16 to 32",
    f: (x, c) => np.argmin(vmap((p: Array) => np.sum(np.square(c.sub(p)), 1))(x), 1),
    specs: [f32(4000, 16), f32(32, 16)],
  },
  {
    name: "200 steps of a pendulum, 1000 at once",
    f: (a, v) =>
      lax.foriLoop(
        0,
        200,
        (_, [p, w]: [Array, Array]): [Array, Array] => {
          const faster = w.sub(np.sin(p).mul(0.01))
          return [p.add(faster.mul(0.01)), faster]
        },
        [a, v],
      ),
    specs: [f32(1000), f32(1000)],
  },
]

const groups = {
  elementwise,
  reductions,
  products,
  networks,
  places,
  steps,
  ...widerGroups,
}

/** All test programs. */
export const testPrograms: readonly TestProgram[] = Object.entries(groups).flatMap(
  ([group, programs]) => programs.map((program) => ({ group, ...program })),
)
