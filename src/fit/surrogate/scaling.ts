/** A function's outputs brought to zero mean and unit variance, by logarithms where they span decades. */

/** Outputs above 0 whose greatest is so many times the least are learnt as logarithms. */
const decades = 1000

/** How one output is scaled. */
export interface ScaledOutput {
  readonly logarithm: boolean
  readonly mean: number
  readonly deviation: number
}

export class OutputScaling {
  readonly columns: readonly ScaledOutput[]

  constructor(columns: readonly ScaledOutput[]) {
    this.columns = columns
  }

  /** The scaling of some outputs, as many in each row. */
  static of(rows: readonly (readonly number[])[], outputs: number): OutputScaling {
    const columns = Array.from({ length: outputs }, (_, o) => {
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
    return new OutputScaling(columns)
  }

  encode(values: readonly number[], into: Float32Array | Float64Array, offset: number): void {
    for (const [o, { logarithm, mean, deviation }] of this.columns.entries()) {
      const value = logarithm ? Math.log(values[o]) : values[o]
      into[offset + o] = (value - mean) / deviation
    }
  }

  decode(values: ArrayLike<number>): number[] {
    return this.columns.map(({ logarithm, mean, deviation }, o) => {
      const value = values[o] * deviation + mean
      return logarithm ? Math.exp(value) : value
    })
  }
}
