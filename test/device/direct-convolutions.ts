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
]
