/** An ensemble that has been trained: for single inputs in plain numbers, for many as one program. */

import { type Array as DeviceArray, jit, np } from "../../array/index.ts"
import type { Weights } from "../training/weights.ts"
import { type EnsembleSize, type EnsembleWeights, predictEnsemble } from "./ensemble.ts"
import { evaluate, type PlainWeights } from "./evaluation.ts"
import type { Learnt } from "./machine.ts"
import { encodedNumbers } from "./numbers-as-text.ts"

/** JSON of an ensemble. */
export interface EnsembleSettings extends EnsembleSize {
  readonly architecture: "ensemble"
}

const names = ["kernel1", "bias1", "kernel2", "bias2", "kernel3", "bias3"] as const

function shapesOf({ members, hidden, features, outputs }: EnsembleSize) {
  return {
    kernel1: [members, features, hidden],
    bias1: [members, 1, hidden],
    kernel2: [members, hidden, hidden],
    bias2: [members, 1, hidden],
    kernel3: [members, hidden, outputs],
    bias3: [members, 1, outputs],
  } as const
}

export async function readEnsemble(weights: EnsembleWeights): Promise<PlainWeights> {
  const read = async (array: DeviceArray) => Float32Array.from(await array.data(), Number)
  const { kernel1, bias1, kernel2, bias2, kernel3, bias3 } = weights
  return {
    kernel1: await read(kernel1),
    bias1: await read(bias1),
    kernel2: await read(kernel2),
    bias2: await read(bias2),
    kernel3: await read(kernel3),
    bias3: await read(bias3),
  }
}

export function learntEnsemble(size: EnsembleSize, plain: PlainWeights): Learnt {
  const shapes = shapesOf(size)
  const settings: EnsembleSettings = { architecture: "ensemble", ...size }
  const tensors: Weights = new Map(
    names.map((name) => [name, { dtype: "float32", shape: shapes[name], data: plain[name] }]),
  )
  let program: ((x: DeviceArray) => DeviceArray) | undefined
  const programOf = (): ((x: DeviceArray) => DeviceArray) => {
    const put = (name: (typeof names)[number]): DeviceArray =>
      np.array(plain[name]).reshape(shapes[name])
    const weights: EnsembleWeights = {
      kernel1: put("kernel1"),
      bias1: put("bias1"),
      kernel2: put("kernel2"),
      bias2: put("bias2"),
      kernel3: put("kernel3"),
      bias3: put("bias3"),
    }
    return jit((x: DeviceArray) => predictEnsemble(weights, x).mean(0))
  }
  return {
    name: `an ensemble of ${size.members} networks`,
    settings,
    isOnDevice: true,
    tensors,
    count: names.reduce((sum, name) => sum + plain[name].length, 0),
    judge: (x) => evaluate(size, plain, x),
    async batch(x, rows) {
      program ??= programOf()
      const found = program(np.array(x).reshape([rows, size.features]))
      const data = await found.data()
      found.dispose()
      return Float64Array.from(data, Number)
    },
    source: () => sourceOf(size, plain),
  }
}

/** @throws RangeError when an array is lacking or of another shape. */
export function restoreEnsemble(size: EnsembleSize, tensors: Weights): Learnt {
  const shapes = shapesOf(size)
  const take = (name: (typeof names)[number]): Float32Array => {
    const found = tensors.get(name)
    const shape = shapes[name].join()
    if (found?.shape.join() !== shape || !(found.data instanceof Float32Array)) {
      throw new RangeError(`the weights lack ${name} of shape [${shapes[name].join(", ")}]`)
    }
    return found.data
  }
  return learntEnsemble(size, {
    kernel1: take("kernel1"),
    bias1: take("bias1"),
    kernel2: take("kernel2"),
    bias2: take("bias2"),
    kernel3: take("kernel3"),
    bias3: take("bias3"),
  })
}

function sourceOf({ members, hidden, outputs }: EnsembleSize, plain: PlainWeights): string {
  const constants = names.map((name) => `const ${name} = ${encodedNumbers(plain[name])}`)
  return `${constants.join("\n")}

function layer(from, kernel, bias, member, width) {
  const to = Float64Array.from({ length: width }, (_, j) => bias[member * width + j])
  let place = member * from.length * width
  for (let i = 0; i < from.length; i++) {
    for (let j = 0; j < width; j++) to[j] += from[i] * kernel[place++]
  }
  return to
}

const silu = (x) => x.map((value) => value / (1 + Math.exp(-value)))

function judge(x) {
  const sums = new Float64Array(${outputs})
  for (let m = 0; m < ${members}; m++) {
    const first = silu(layer(x, kernel1, bias1, m, ${hidden}))
    const second = silu(layer(first, kernel2, bias2, m, ${hidden}))
    const last = layer(second, kernel3, bias3, m, ${outputs})
    for (let o = 0; o < ${outputs}; o++) sums[o] += last[o] / ${members}
  }
  return sums
}`
}
