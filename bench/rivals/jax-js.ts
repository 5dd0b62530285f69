/** jax-js on its Wasm backend, with convolutions as products of patches. */

import { readFileSync } from "node:fs"
import { availableParallelism } from "node:os"
import { callElements } from "../cases/calls.ts"
import { convolutionInputs } from "../cases/convolution.ts"
import type { Case, MatmulWork } from "../cases/index.ts"
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
import type { JaxArray, JaxJs } from "./jax-js-interface.ts"
import { provideWebWorkers } from "./web-worker.ts"

/** A name that the type checker does not follow: the package is installed by the bench alone. */
const name: string = "@jax-js/jax"

/**
 * Its worker threads are a browser's. The variant "threads" gives it a stand-in for them; without
 * it jax-js runs as it comes in Node.
 */
export async function open({ work }: Case, variant: string | undefined): Promise<Opened> {
  const threaded = variant === "threads"
  if (threaded) provideWebWorkers()
  const jax: JaxJs = await import(name)
  await jax.init("wasm")
  jax.defaultDevice("wasm")
  const manifest = new URL("../package.json", import.meta.resolve(name))
  const about: { readonly version: string } = JSON.parse(readFileSync(manifest, "utf8"))
  return {
    version: about.version,
    threads: threaded ? availableParallelism() : 1,
    setting:
      (threaded
        ? "the same on worker threads, which it starts in browsers only, through a stand-in for " +
          "a browser's Worker"
        : "Wasm with SIMD, jitted, as it comes in Node") +
      "; convolutions as products of patches, some 25 times as fast as its own",
    work: await prepare(workshop(jax), work),
  }
}

function workshop(jax: JaxJs): Workshop {
  const { numpy: np, nn, jit, grad } = jax
  const input = (data: Float32Array, shape: readonly number[]) => np.array(data).reshape(shape)

  /** Runs of a jitted function on arrays that are kept. */
  const repeated = (body: (...args: JaxArray[]) => JaxArray, given: readonly JaxArray[]) => {
    const compiled = jit(body)
    return keepNewest(() => compiled(...given.map((array) => array.ref)))
  }
  const convolve = convolution(jax)

  return {
    matmul: (work) => {
      const given = matmulInputs(work).map(({ data, shape }) => input(data, shape))
      const turned = (x: JaxArray, which: MatmulWork["transposed"]) =>
        work.transposed === which ? np.matrixTranspose(x) : x
      return repeated((a, b) => np.matmul(turned(a!, "first"), turned(b!, "second")), given)
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
      const byInput = part === "input gradient"
      const [by, other] = byInput ? [images, kernel] : [kernel, images]
      return repeated(
        (by, other, cotangent) =>
          grad((by) => {
            const output = byInput ? convolve(by, other!) : convolve(other!, by)
            return output.mul(cotangent!).sum()
          })(by!),
        [by, other, cotangent],
      )
    },
    chain: ({ n }) => {
      const operations = {
        mul: (x: JaxArray, by: number) => x.mul(by),
        add: (x: JaxArray, by: number) => x.add(by),
        max: (x: JaxArray, by: number) => np.maximum(x, by),
        min: (x: JaxArray, by: number) => np.minimum(x, by),
        abs: (x: JaxArray) => np.absolute(x),
      }
      return repeated((x) => chain(x!, operations), [input(uniform(n, 1), [n])])
    },
    sum: ({ n }) => repeated((x) => x!.sum(), [input(uniform(n, 1, 0, 1), [n])]),
    softmax: ({ rows, columns }) =>
      repeated((x) => nn.softmax(x!), [input(uniform(rows * columns, 1), [rows, columns])]),
    training: ({ batch }) => training(jax, batch),
    call: ({ calls }) => {
      const x = input(uniform(callElements, 1), [callElements])
      const compiled = jit((y: JaxArray) => y.mul(0.5).add(1))
      return keepNewest(() => {
        let y = x.ref
        for (let i = 0; i < calls; i++) y = compiled(y)
        return y
      })
    },
  }
}

/** Runs that keep their result until the next one. */
function keepNewest(body: () => JaxArray): Runnable {
  let newest: JaxArray | undefined
  return {
    run: async () => {
      newest?.dispose()
      newest = await body().blockUntilReady()
    },
    result: () => {
      if (newest === undefined) throw new Error("there is no result before the first run")
      return newest.ref.data()
    },
  }
}

/** A 3×3 convolution that keeps the side of NHWC images, of a kernel HWIO. */
function convolution({ numpy: np }: JaxJs): (images: JaxArray, kernel: JaxArray) => JaxArray {
  return (images, kernel) => {
    const [batch, height, width, channels] = images.shape as [number, number, number, number]
    const [rows, columns, , results] = kernel.shape as [number, number, number, number]
    const edge = [(rows - 1) / 2, (columns - 1) / 2] as const
    const padded = np.pad(images, [
      [0, 0],
      [edge[0], edge[0]],
      [edge[1], edge[1]],
      [0, 0],
    ])
    const shifted: JaxArray[] = []
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        shifted.push(padded.ref.slice([], [i, i + height], [j, j + width], []))
      }
    }
    padded.dispose()
    const patch = rows * columns * channels
    const patches = np.concatenate(shifted, 3).reshape([batch * height * width, patch])
    const products = np.matmul(patches, kernel.reshape([patch, results]))
    return products.reshape([batch, height, width, results])
  }
}

type Parameters = readonly JaxArray[]

function training(jax: JaxJs, batch: number): Runnable {
  const { numpy: np, nn } = jax
  const convolve = convolution(jax)
  const pool = (x: JaxArray): JaxArray => {
    const [n, h, w, c] = x.shape as [number, number, number, number]
    return x.reshape([n, h / 2, 2, w / 2, 2, c]).max([2, 4])
  }
  const loss = (parameters: Parameters, images: JaxArray, labels: JaxArray): JaxArray => {
    const [k1, b1, k2, b2, w1, c1, w2, c2] = parameters
    let x = pool(nn.relu(convolve(images, k1!).add(b1!)))
    x = pool(nn.relu(convolve(x, k2!).add(b2!)))
    x = nn.relu(np.matmul(x.reshape([batch, flattened]), w1!).add(c1!))
    const logits = np.matmul(x, w2!).add(c2!)
    return nn
      .logSoftmax(logits)
      .mul(labels)
      .sum()
      .mul(-1 / batch)
  }
  const step = jax.jit(
    (parameters: Parameters, velocities: Parameters, images: JaxArray, labels: JaxArray) => {
      const kept = parameters.map((parameter) => parameter.ref)
      const [value, gradients] = jax.valueAndGrad(loss)(kept, images, labels)
      const faster = velocities.map((v, i) => v.mul(momentum).add(gradients[i]!))
      const moved = parameters.map((p, i) => p.sub(faster[i]!.ref.mul(learningRate)))
      return [value, moved, faster] as const
    },
  )

  const given = trainingInputs(batch)
  const images = np.array(given.images).reshape([batch, side, side, 1])
  const labels = nn.oneHot(np.array(given.labels, { dtype: "int32" }), classes)
  let parameters: Parameters = startingParameters().map((data, i) =>
    np.array(data).reshape(parameterShapes[i]!),
  )
  let velocities: Parameters = parameters.map((parameter) => np.zerosLike(parameter.ref))
  let newest = new Float32Array(1)
  return {
    run: async () => {
      const [value, moved, faster] = step(parameters, velocities, images.ref, labels.ref)
      parameters = moved
      velocities = faster
      await Promise.all([...moved, ...faster].map((array) => array.ref.blockUntilReady()))
      for (const array of [...moved, ...faster]) array.dispose()
      newest = new Float32Array(await value.data())
    },
    result: async () =>
      joined([newest, ...(await Promise.all(parameters.map((array) => array.ref.data())))]),
  }
}
