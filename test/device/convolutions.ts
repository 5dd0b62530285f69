/** Convolutions whose images native code reads from boxes, and some that it does not. */

import { type Graph, GraphBuilder, operations as op, type ParamsOf } from "../../src/graph/index.ts"
import { channelsLast } from "./contractions.ts"

interface Convolution {
  readonly name: string
  readonly image: readonly number[]
  readonly kernel: readonly number[]
  readonly params?: Partial<ParamsOf["convolve"]>
  /** Whether images go through a function before. */
  readonly through?: "tanh"
  readonly inBox: boolean
}

export const convolutions: readonly Convolution[] = [
  { name: "same", image: [2, 18, 20, 16], kernel: [3, 3, 16, 20], inBox: true },
  {
    name: "valid, of a function",
    image: [3, 9, 11, 16],
    kernel: [3, 3, 16, 8],
    params: {
      padding: [
        [0, 0],
        [0, 0],
      ],
    },
    through: "tanh",
    inBox: true,
  },
  {
    name: "by steps of two",
    image: [11, 17, 31, 12],
    kernel: [3, 3, 12, 33],
    params: { strides: [2, 2] },
    inBox: true,
  },
  {
    name: "by steps longer than the kernel",
    image: [2, 18, 30, 16],
    kernel: [2, 2, 16, 16],
    params: { strides: [3, 3] },
    inBox: false,
  },
  {
    name: "in groups",
    image: [2, 12, 15, 32],
    kernel: [3, 3, 16, 16],
    params: { featureGroups: 2 },
    inBox: true,
  },
  {
    name: "spread kernel",
    image: [2, 12, 15, 16],
    kernel: [3, 3, 16, 16],
    params: { rhsDilation: [2, 1] },
    inBox: false,
  },
  {
    // As the gradient of a kernel: images are channels, channels are images.
    name: "kernel's gradient",
    image: [4, 14, 16, 12],
    kernel: [4, 14, 16, 18],
    params: { lhs: [3, 0, 1, 2], rhs: [3, 0, 1, 2], out: [2, 3, 0, 1] },
    inBox: true,
  },
  {
    name: "kernel's gradient by steps of two",
    image: [3, 29, 33, 8],
    kernel: [3, 15, 17, 16],
    params: { lhs: [3, 0, 1, 2], rhs: [3, 0, 1, 2], out: [2, 3, 0, 1], rhsDilation: [2, 2] },
    inBox: true,
  },
]

export function graphOf({ image, kernel, params, through }: Convolution): Graph {
  const b = new GraphBuilder()
  const images = b.input({ shape: image, dtype: "float32" })
  const kernels = b.input({ shape: kernel, dtype: "float32" })
  const lhs = through === undefined ? images : op.apply(b, through, images)
  return b.build([b.emit("convolve", [lhs, kernels], { ...channelsLast, ...params })])
}
