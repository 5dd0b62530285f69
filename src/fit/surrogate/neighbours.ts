/** Where a function fails: told from the nearest input that was tried. */

import type { Box, Input } from "./domain.ts"
import type { Samples } from "./samples.ts"

export class Neighbours {
  readonly #box: Box
  readonly #points: Float32Array
  readonly #valid: readonly boolean[]

  constructor(box: Box, { inputs, outputs }: Samples) {
    this.#box = box
    this.#points = new Float32Array(inputs.length * box.features)
    for (const [i, input] of inputs.entries()) box.encode(input, this.#points, i * box.features)
    this.#valid = outputs.map((one) => one !== undefined)
  }

  /** Whether the function gave something at the nearest tried input. Work inputs·features. */
  nearestIsValid(input: Input): boolean {
    const { features } = this.#box
    const x = new Float32Array(features)
    this.#box.encode(input, x, 0)
    let [nearest, least] = [0, Number.POSITIVE_INFINITY]
    for (let i = 0; i < this.#valid.length; i++) {
      let square = 0
      for (let j = 0; j < features; j++) square += (this.#points[i * features + j] - x[j]) ** 2
      if (square < least) [nearest, least] = [i, square]
    }
    return this.#valid[nearest]
  }
}
