/** Tradespace itself, on the device that the variant names: `cpu` unless told otherwise. */

import { readFileSync } from "node:fs"
import { availableParallelism } from "node:os"
import type { AdapterDescription } from "../../src/device/index.ts"
import {
  type Array,
  grad,
  jit,
  lax,
  nn,
  np,
  openDevice,
  setDefaultDevice,
  valueAndGrad,
} from "../../src/index.ts"
import { attentionInputs } from "../cases/attention.ts"
import { callElements } from "../cases/calls.ts"
import { convolutionInputs } from "../cases/convolution.ts"
import type { Case, MatmulWork } from "../cases/index.ts"
import { uniform } from "../cases/inputs.ts"
import { matmulInputs, roundedMatmulInputs } from "../cases/matmul.ts"
import { chain, layerNormInputs } from "../cases/memory.ts"
import { gatherIndices } from "../cases/moves.ts"
import {
  classes,
  flattened,
  learningRate,
  momentum,
  parameterShapes,
  side,
  startingParameters,
  trainingInputs,
} from "../cases/training.ts"
import { joined, type Opened, prepare, type Runnable, type Workshop } from "../contestant.ts"
import { layerNorm, trainBlock } from "./tradespace-block.ts"
import { input, keepNewest, repeated, repeatedly } from "./tradespace-runs.ts"

export async function open({ work }: Case, variant: string | undefined): Promise<Opened> {
  const device = variant ?? "cpu"
  setDefaultDevice(device)
  const { adapter } = await openDevice(device)
  const manifest = new URL("../../package.json", import.meta.url)
  const about: { readonly version: string } = JSON.parse(readFileSync(manifest, "utf8"))
  return {
    version: about.version,
    threads: availableParallelism(),
    setting: `device ${device}: jitted, ${how(device, adapter)}`,
    work: await prepare(workshop, work),
  }
}

/** What a device runs on; software that imitates a GPU is called that. */
function how(device: string, adapter: AdapterDescription | undefined): string {
  if (adapter !== undefined) return `${adapter.name}${adapter.isSoftware ? ", software" : ""}`
  return device === "cpu" ? "Wasm with SIMD on worker threads" : "all cores"
}

const workshop: Workshop = {
  matmul: (work) => {
    const given = matmulInputs(work).map(({ data, shape }) => input(data, shape))
    const turned = (x: Array, which: MatmulWork["transposed"]) =>
      work.transposed === which ? np.swapaxes(x, -1, -2) : x
    return repeated((a, b) => np.matmul(turned(a!, "first"), turned(b!, "second")), given)
  },
  roundedMatmul: (work) => {
    const given = roundedMatmulInputs(work).map(({ data, shape }) => input(data, shape))
    return repeated((a, b) => np.matmul(a!, b!), given, { precision: "bfloat16" })
  },
  convolution: (work) => {
    const { batch, channels, part } = work
    const given = convolutionInputs(work)
    const pixels = [batch, work.side, work.side, channels]
    const images = input(given.images, pixels)
    const cotangent = input(given.cotangent, pixels)
    const kernel = input(given.kernel, [work.kernel, work.kernel, channels, channels])
    if (part === "output") return repeated((x, k) => convolve(x!, k!), [images, kernel])
    // A cotangent times the output, summed, has the wanted gradients.
    const argnums = part === "input gradient" ? 0 : 1
    return repeated(
      (x, k, cotangent) =>
        grad((x: Array, k: Array) => convolve(x, k).mul(cotangent!).sum(), { argnums })(x!, k!),
      [images, kernel, cotangent],
    )
  },
  chain: ({ n }) => {
    const operations = {
      mul: (x: Array, by: number) => x.mul(by),
      add: (x: Array, by: number) => x.add(by),
      max: (x: Array, by: number) => np.maximum(x, by),
      min: (x: Array, by: number) => np.minimum(x, by),
      abs: (x: Array) => x.abs(),
    }
    return repeated((x) => chain(x!, operations), [input(uniform(n, 1), [n])])
  },
  sum: ({ n }) => repeated((x) => x!.sum(), [input(uniform(n, 1, 0, 1), [n])]),
  softmax: ({ rows, columns }) =>
    repeated((x) => nn.softmax(x!), [input(uniform(rows * columns, 1), [rows, columns])]),
  layerNorm: ({ rows, columns }) => {
    const { x, scale, shift } = layerNormInputs(rows, columns)
    return repeated(
      (x, scale, shift) => layerNorm(x!, scale!, shift!),
      [input(x, [rows, columns]), input(scale, [columns]), input(shift, [columns])],
    )
  },
  attention: (work) => {
    const { batch, tokens, heads, width, part, causal } = work
    const { query, key, value, cotangent } = attentionInputs(work)
    const given = [query, key, value, cotangent].map((data) =>
      input(data, [batch, tokens, heads, width]),
    )
    const isCausal = { isCausal: causal }
    if (part === "output") {
      const attend = (q?: Array, k?: Array, v?: Array) =>
        nn.dotProductAttention(q!, k!, v!, isCausal)
      return repeated(attend, given.slice(0, 3))
    }
    return repeatedly((q, k, v, cotangent) => {
      const product = (q: Array, k: Array, v: Array) =>
        nn.dotProductAttention(q, k, v, isCausal).mul(cotangent!).sum()
      return grad(product, { argnums: [0, 1, 2] })(q!, k!, v!)
    }, given)
  },
  block: trainBlock,
  cumsum: ({ rows, columns }) =>
    repeated((x) => np.cumsum(x!, -1), [input(uniform(rows * columns, 1), [rows, columns])]),
  sort: ({ n }) => repeated((x) => np.sort(x!), [input(uniform(n, 1), [n])]),
  gather: ({ rows, columns, count }) =>
    repeated(
      (table, places) => np.take(table!, places!, 0),
      [input(uniform(rows * columns, 1), [rows, columns]), np.array(gatherIndices(rows, count))],
    ),
  training: ({ batch }) => training(batch),
  call: ({ calls }) => {
    const x = input(uniform(callElements, 1), [callElements])
    const compiled = jit((y: Array) => y.mul(0.5).add(1))
    return keepNewest(() => {
      let y = x
      for (let i = 0; i < calls; i++) y = compiled(y)
      return [y]
    })
  },
}

/** A convolution that keeps the side of NHWC images, of a kernel HWIO. */
function convolve(images: Array, kernel: Array): Array {
  const dimensionNumbers = ["NHWC", "HWIO", "NHWC"] as const
  return lax.convGeneralDilated(images, kernel, [1, 1], "SAME", { dimensionNumbers })
}

function pool(images: Array): Array {
  return nn.maxPool(images, [2, 2], { strides: [2, 2] })
}

function loss(parameters: readonly Array[], images: Array, labels: Array): Array {
  const [k1, b1, k2, b2, w1, c1, w2, c2] = parameters
  let x = pool(nn.relu(convolve(images, k1!).add(b1!)))
  x = pool(nn.relu(convolve(x, k2!).add(b2!)))
  x = nn.relu(np.matmul(x.reshape([-1, flattened]), w1!).add(c1!))
  const logits = np.matmul(x, w2!).add(c2!)
  return nn.logSoftmax(logits).mul(labels).sum(-1).mean().neg()
}

/** One step of stochastic gradient descent with momentum. */
export function step(parameters: Array[], velocities: Array[], images: Array, labels: Array) {
  const [value, gradients] = valueAndGrad(loss)(parameters, images, labels)
  const faster = velocities.map((v, i) => v.mul(momentum).add(gradients[i]!))
  const moved = parameters.map((p, i) => p.sub(faster[i]!.mul(learningRate)))
  return { value, moved, faster }
}

function training(batch: number): Runnable {
  const given = trainingInputs(batch)
  const images = input(given.images, [batch, side, side, 1])
  const labels = nn.oneHot(np.array(given.labels), classes)
  const compiled = jit(step, { donate: [0, 1] })
  let parameters = startingParameters().map((data, i) => input(data, parameterShapes[i]!))
  let velocities = parameters.map((parameter) => np.zerosLike(parameter))
  let newest = new Float32Array(1)
  return {
    run: async () => {
      const { value, moved, faster } = compiled(parameters, velocities, images, labels)
      parameters = moved
      velocities = faster
      newest = Float32Array.from(await value.data())
      value.dispose()
    },
    result: async () =>
      joined([newest, ...(await Promise.all(parameters.map((array) => array.data())))]),
  }
}
