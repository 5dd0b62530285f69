/** Convolutions that have ways of their own other than tiles of images: by steps, of few channels, in groups. */

import { type Graph, GraphBuilder, operations as op, type ParamsOf } from "../../src/graph/index.ts"
import { channelsLast } from "./contractions.ts"

interface DirectConvolution {
  readonly name: string
  readonly graph: Graph
}

function convolution(
  name: string,
  image: readonly number[],
  kernel: readonly number[],
  params: Partial<ParamsOf["convolve"]>,
  behind?: "maximum",
): DirectConvolution {
  const b = new GraphBuilder()
  const images = b.input({ shape: image, dtype: "float32" })
  const kernels = b.input({ shape: kernel, dtype: "float32" })
  const made = b.emit("convolve", [images, kernels], { ...channelsLast, ...params })
  const zeros = op.full(b, { shape: made.shape, dtype: "float32" }, 0)
  return { name, graph: b.build([behind === undefined ? made : op.apply(b, behind, made, zeros)]) }
}

/** Images are channels and channels are images, and a kernel's taps are places of the result. */
const gradient = { lhs: [3, 0, 1, 2], rhs: [3, 0, 1, 2], out: [2, 3, 0, 1] } as const

export const directConvolutions: readonly DirectConvolution[] = [
  convolution(
    "spread by two, an odd side, a function behind",
    [2, 9, 7, 16],
    [3, 3, 16, 20],
    {
      lhsDilation: [2, 2],
      padding: [
        [1, 1],
        [1, 2],
      ],
    },
    "maximum",
  ),
  convolution("spread by two, one tap", [2, 8, 7, 16], [1, 1, 16, 20], {
    lhsDilation: [2, 2],
    padding: [
      [0, 1],
      [0, 0],
    ],
  }),
  convolution("spread by three and one, a kernel spread too", [2, 6, 9, 16], [4, 3, 16, 20], {
    lhsDilation: [3, 1],
    rhsDilation: [2, 2],
    padding: [
      [5, 4],
      [2, 2],
    ],
  }),
  convolution(
    "the gradient of a depthwise kernel, by steps of two",
    [3, 15, 13, 20],
    [3, 8, 7, 20],
    {
      ...gradient,
      rhsDilation: [2, 2],
      batchGroups: 20,
    },
  ),
  convolution("the gradient of a depthwise kernel, in parts", [32, 12, 14, 20], [32, 12, 14, 20], {
    ...gradient,
    batchGroups: 20,
  }),
  convolution("in groups of four channels", [2, 12, 30, 32], [3, 3, 4, 32], { featureGroups: 8 }),
  convolution(
    "in groups of eight by steps of two, a function behind",
    [4, 31, 31, 32],
    [3, 3, 8, 32],
    { featureGroups: 4, strides: [2, 2] },
    "maximum",
  ),
  convolution("in groups of two, a kernel spread", [8, 14, 16, 32], [3, 5, 2, 32], {
    featureGroups: 16,
    rhsDilation: [2, 2],
  }),
  convolution("the gradient of a kernel on three channels", [16, 30, 29, 3], [16, 15, 15, 24], {
    ...gradient,
    rhsDilation: [2, 2],
  }),
]
