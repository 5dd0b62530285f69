/** A function's outputs brought to zero mean and unit variance, by logarithms where they span decades. */

/** Outputs above 0 whose greatest is so many times the least are learnt as logarithms. */
const decades = 1000

export class OutputScaling {
  readonly #columns: readonly {
    readonly logarithm: boolean
    readonly mean: number
    readonly deviation: number
  }[]

  constructor(rows: readonly (readonly number[])[], outputs: number) {
    this.#columns = Array.from({ length: outputs }, (_, o) => {
      const values = rows.map((row) => row[o])
      const least = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
      const most = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
      const logarithm = least > 0 && most / least > decades
      const scaled = logarithm ? values.map(Math.log) : values
      const n = Math.max(1, scaled.length)
      const mean = scaled.reduce((a, b) => a + b, 0) / n
      const variance = scaled.reduce((a, b) => a + (b - mean) ** 2, 0) / n
      return { logarithm, mean, deviation: Math.sqrt(variance) || 1 }
    })
  }

  encode(values: readonly number[], into: Float32Array, offset: number): void {
    for (const [o, { logarithm, mean, deviation }] of this.#columns.entries()) {
      const value = logarithm ? Math.log(values[o]) : values[o]
      into[offset + o] = (value - mean) / deviation
    }
  }

  decode(values: ArrayLike<number>): number[] {
    return this.#columns.map(({ logarithm, mean, deviation }, o) => {
      const value = values[o] * deviation + mean
      return logarithm ? Math.exp(value) : value
    })
  }
}
