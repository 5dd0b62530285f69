/** Where a function fails: told from the nearest input that was tried. */

import type { Box, Input } from "./domain.ts"
import type { Samples } from "./samples.ts"

export class Neighbours {
  readonly #box: Box
  /** float32[inputs, features] */
  readonly points: Float32Array
  /** 1 where the function gave something, else 0. */
  readonly valid: Float32Array

  constructor(box: Box, points: Float32Array, valid: Float32Array) {
    this.#box = box
    this.points = points
    this.valid = valid
  }

  static of(box: Box, { inputs, outputs }: Samples): Neighbours {
    const points = new Float32Array(inputs.length * box.features)
    for (const [i, input] of inputs.entries()) box.encode(input, points, i * box.features)
    const valid = Float32Array.from(outputs, (one) => (one === undefined ? 0 : 1))
    return new Neighbours(box, points, valid)
  }

  /** Whether the function gave something at the nearest tried input. Work inputs·features. */
  nearestIsValid(input: Input): boolean {
    const { features } = this.#box
    const x = new Float32Array(features)
    this.#box.encode(input, x, 0)
    let [nearest, least] = [0, Number.POSITIVE_INFINITY]
    for (let i = 0; i < this.valid.length; i++) {
      let square = 0
      for (let j = 0; j < features; j++) square += (this.points[i * features + j] - x[j]) ** 2
      if (square < least) [nearest, least] = [i, square]
    }
    return this.valid[nearest] === 1
  }
}
