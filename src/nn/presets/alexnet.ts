/** AlexNet. */

import type { Layer } from "../layer.ts"
import { convolution } from "../layers/convolution.ts"
import { dense } from "../layers/dense.ts"
import { activation, dropout, flatten } from "../layers/elementwise.ts"
import { localResponseNorm } from "../layers/normalization.ts"
import { maxPool } from "../layers/pooling.ts"
import { Network } from "../network.ts"

const relu = activation("relu")
/** Pooling windows overlap: 3 wide, 2 apart. */
const overlapping = maxPool(3, { strides: 2 })
/** Weights from a normal distribution of deviation 0.01 (section 5). */
const deviation = 0.01
/** Biases of 1 put the rectifiers to work early: second, fourth and fifth convolution, hidden dense. */
const ones = { deviation, biasValue: 1 }

/**
 * The network of Krizhevsky, Sutskever and Hinton 2012 as run on two devices: two groups in the
 * second, fourth and fifth convolution. 60,965,224 parameters for 1,000 classes. Images are
 * 224 × 224 as the paper says, with 2 pixels of zeros around them, without which its 55 × 55
 * places do not come out. Logits come out; the paper's softmax is the loss's.
 * @example presets.alexnet(10).output // → [10]
 */
export function alexnet(classes = 1000): Network {
  const layers: Layer[] = [
    convolution(96, 11, { strides: 4, padding: 2, deviation }),
    relu,
    localResponseNorm(),
    overlapping,
    convolution(256, 5, { padding: 2, groups: 2, ...ones }),
    relu,
    localResponseNorm(),
    overlapping,
    convolution(384, 3, { padding: 1, deviation }),
    relu,
    convolution(384, 3, { padding: 1, groups: 2, ...ones }),
    relu,
    convolution(256, 3, { padding: 1, groups: 2, ...ones }),
    relu,
    overlapping,
    flatten(),
    dropout(0.5),
    dense(4096, ones),
    relu,
    dropout(0.5),
    dense(4096, ones),
    relu,
    dense(classes, { deviation }),
  ]
  return new Network([224, 224, 3], layers)
}
