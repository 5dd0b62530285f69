/** TensorFlow.js on its Wasm backend, with gradients put together from its fast kernels. */

import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
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
import type { Tensor, TensorFlow, WasmBackend } from "./tfjs-interface.ts"

const require = createRequire(import.meta.url)

export async function open({ work }: Case): Promise<Opened> {
  const backend: WasmBackend = require("@tensorflow/tfjs-backend-wasm")
  const tf: TensorFlow = require("@tensorflow/tfjs")
  const folder = dirname(require.resolve("@tensorflow/tfjs-backend-wasm"))
  backend.setWasmPaths(`${folder}/`)
  await tf.setBackend("wasm")
  await tf.ready()
  const about: { readonly version: string } = JSON.parse(
    readFileSync(join(folder, "../package.json"), "utf8"),
  )
  return {
    version: about.version,
    threads: backend.getThreadsCount(),
    setting:
      "Wasm with SIMD on one thread: the package refuses threads in Node, and its threaded build " +
      "starts none even where they are forced on",
    work: await prepare(workshop(tf), work),
  }
}

function workshop(tf: TensorFlow): Workshop {
  /** Runs that keep their result until the next one. */
  const repeated = (body: () => Tensor): Runnable => {
    let newest: Tensor | undefined
    return {
      run: () => {
        newest?.dispose()
        newest = tf.tidy(body)
      },
      result: () => {
        if (newest === undefined) throw new Error("there is no result before the first run")
        return newest.dataSync()
      },
    }
  }
  const input = (data: Float32Array, shape: readonly number[]) => tf.tensor(data, shape, "float32")

  return {
    matmul: (work) => {
      const [a, b] = matmulInputs(work).map(({ data, shape }) => input(data, shape))
      const first = work.transposed === "first"
      return repeated(() => tf.matMul(a!, b!, first, work.transposed === "second"))
    },
    convolution: (work) => {
      const { batch, channels, part } = work
      const given = convolutionInputs(work)
      const pixels = [batch, work.side, work.side, channels]
      const images = input(given.images, pixels)
      const cotangent = input(given.cotangent, pixels)
      const kernel = input(given.kernel, [work.kernel, work.kernel, channels, channels])
      const parts = {
        output: () => tf.conv2d(images, kernel, 1, "same"),
        "input gradient": () => inputGradient(tf, cotangent, kernel),
        "kernel gradient": () => kernelGradient(tf, images, cotangent, work.kernel),
      }
      return repeated(parts[part])
    },
    chain: ({ n }) => {
      const x = input(uniform(n, 1), [n])
      return repeated(() =>
        chain(x, {
          mul: (x, by) => tf.mul(x, by),
          add: (x, by) => tf.add(x, by),
          max: (x, by) => tf.maximum(x, by),
          min: (x, by) => tf.minimum(x, by),
          abs: (x) => tf.abs(x),
        }),
      )
    },
    sum: ({ n }) => {
      const x = input(uniform(n, 1, 0, 1), [n])
      return repeated(() => tf.sum(x))
    },
    softmax: ({ rows, columns }) => {
      const x = input(uniform(rows * columns, 1), [rows, columns])
      return repeated(() => tf.softmax(x))
    },
    training: ({ batch }) => training(tf, batch),
    call: ({ calls }) => {
      const x = input(uniform(callElements, 1), [callElements])
      return repeated(() => {
        let y = x
        for (let i = 0; i < calls; i++) y = tf.add(tf.mul(y, 0.5), 1)
        return y
      })
    },
  }
}

/**
 * The gradient of a convolution by its input is the convolution of the cotangent with the kernel
 * turned around and its channels exchanged. This is some ten times as fast as the backend's own
 * kernel for it.
 */
function inputGradient(tf: TensorFlow, cotangent: Tensor, kernel: Tensor): Tensor {
  return tf.conv2d(cotangent, tf.transpose(tf.reverse(kernel, [0, 1]), [0, 1, 3, 2]), 1, "same")
}

/**
 * The gradient by the kernel, for which the backend has no kernel: the images' channels take the
 * place of the batch, and the batch that of the channels.
 */
function kernelGradient(tf: TensorFlow, images: Tensor, cotangent: Tensor, size: number): Tensor {
  const edge = [(size - 1) / 2, (size - 1) / 2] as const
  const padded = tf.pad(images, [[0, 0], edge, edge, [0, 0]])
  const exchanged = tf.transpose(padded, [3, 1, 2, 0])
  const gradient = tf.conv2d(exchanged, tf.transpose(cotangent, [1, 2, 0, 3]), 1, "valid")
  return tf.transpose(gradient, [1, 2, 0, 3])
}

/** Layers whose gradients are made of the kernels above, and of products of transposed copies:
 * the backend's products of transposed operands are some eight times slower. */
function layers(tf: TensorFlow) {
  const convolve = tf.customGrad((images, kernel, save) => {
    save([images, kernel])
    return {
      value: tf.conv2d(images, kernel, 1, "same"),
      gradFunc: (cotangent, [images, kernel]) => [
        // The images themselves are a constant, and need no gradient.
        images!.shape[3] === 1 ? tf.zerosLike(images!) : inputGradient(tf, cotangent, kernel!),
        kernelGradient(tf, images!, cotangent, kernel!.shape[0]!),
      ],
    }
  })
  const multiply = tf.customGrad((x, weights, save) => {
    save([x, weights])
    return {
      value: tf.matMul(x, weights),
      gradFunc: (cotangent, [x, weights]) => [
        tf.matMul(cotangent, tf.transpose(weights!)),
        tf.matMul(tf.transpose(x!), cotangent),
      ],
    }
  })
  return { convolve, multiply }
}

function training(tf: TensorFlow, batch: number): Runnable {
  const given = trainingInputs(batch)
  const images = tf.tensor(given.images, [batch, side, side, 1], "float32")
  const labels = tf.oneHot(tf.tensor(given.labels, [batch], "int32"), classes)
  const { convolve, multiply } = layers(tf)
  const parameters = startingParameters().map((data, i) =>
    tf.variable(tf.tensor(data, parameterShapes[i]!, "float32"), true, `p${i}`),
  )
  const optimiser = tf.train.momentum(learningRate, momentum)
  const loss = (): Tensor => {
    const [k1, b1, k2, b2, w1, c1, w2, c2] = parameters as readonly Tensor[]
    let x = tf.maxPool(tf.relu(tf.add(convolve(images, k1!), b1!)), 2, 2, "valid")
    x = tf.maxPool(tf.relu(tf.add(convolve(x, k2!), b2!)), 2, 2, "valid")
    x = tf.relu(tf.add(multiply(tf.reshape(x, [batch, flattened]), w1!), c1!))
    return tf.losses.softmaxCrossEntropy(labels, tf.add(multiply(x, w2!), c2!))
  }
  let newest = new Float32Array(1)
  return {
    run: () => {
      const value = optimiser.minimize(loss, true, parameters)
      newest = value.dataSync()
      value.dispose()
    },
    result: () => joined([newest, ...parameters.map((parameter) => parameter.dataSync())]),
  }
}
