import { type Array, np } from "../../src/array/index.ts"

/** Mean squared error of a network with one hidden layer: (784, h), (h, 10), (B, 784), (B, 10). */
export function loss(hidden: Array, output: Array, images: Array, targets: Array): Array {
  const features = np.maximum(np.matmul(images, hidden), 0)
  const missed = np.subtract(np.matmul(features, output), targets)
  return np.mean(np.multiply(missed, missed))
}
