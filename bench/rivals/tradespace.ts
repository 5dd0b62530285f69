/** Tradespace itself, on its `cpu` device. */

import { readFileSync } from "node:fs"
import { availableParallelism } from "node:os"
import {
  type Array,
  grad,
  jit,
  lax,
  nn,
  np,
  setDefaultDevice,
  valueAndGrad,
} from "../../src/index.ts"
import { callElements } from "../cases/calls.ts"
import { convolutionInputs } from "../cases/convolution.ts"
import type { Case } from "../cases/index.ts"
import { uniform } from "../cases/inputs.ts"
import { matmulInputs } from "../cases/matmul.ts"
import { chain } from "../cases/memory.ts"
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

export async function open({ work }: Case): Promise<Opened> {
  setDefaultDevice("cpu")
  const manifest = new URL("../../package.json", import.meta.url)
  const about: { readonly version: string } = JSON.parse(readFileSync(manifest, "utf8"))
  return {
    version: about.version,
    threads: availableParallelism(),
    setting: "device cpu: jitted, Wasm with SIMD on worker threads",
    work: await prepare(workshop, work),
  }
}

const input = (data: Float32Array, shape: readonly number[]) => np.array(data).reshape(shape)

const workshop: Workshop = {
  matmul: ({ n }) => {
    const given = matmulInputs(n).map((data) => input(data, [n, n]))
    return repeated((a, b) => np.matmul(a!, b!), given)
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
  training: ({ batch }) => training(batch),
  call: ({ calls }) => {
    const x = input(uniform(callElements, 1), [callElements])
    const compiled = jit((y: Array) => y.mul(0.5).add(1))
    return keepNewest(() => {
      let y = x
      for (let i = 0; i < calls; i++) y = compiled(y)
      return y
    })
  },
}

/** Runs of a jitted function on arrays that are kept. */
function repeated(body: (...args: Array[]) => Array, given: readonly Array[]): Runnable {
  const compiled = jit(body)
  return keepNewest(() => compiled(...given))
}

/** Runs that keep their result until the next one. */
function keepNewest(body: () => Array): Runnable {
  let newest: Array | undefined
  return {
    run: async () => {
      newest?.dispose()
      newest = body()
      await ready(newest)
    },
    result: async () => {
      if (newest === undefined) throw new Error("there is no result before the first run")
      return Float32Array.from(await newest.data())
    },
  }
}

/** Waits for the work that makes an array, without reading it. */
async function ready(array: Array): Promise<void> {
  const device = await array.buffer.stream.device()
  await device.settled()
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
