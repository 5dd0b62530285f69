/**
 * The part of jax-js that is used here; the package is not there when types are checked. Every use
 * of an array takes ownership of it, and `ref` makes one use more.
 */

export interface JaxArray {
  readonly ref: JaxArray
  readonly shape: readonly number[]
  reshape(shape: readonly number[]): JaxArray
  /** One pair of bounds for each axis, or none for all of it. */
  slice(...bounds: readonly (readonly number[])[]): JaxArray
  add(other: JaxArray | number): JaxArray
  sub(other: JaxArray | number): JaxArray
  mul(other: JaxArray | number): JaxArray
  sum(): JaxArray
  max(axis: readonly number[]): JaxArray
  blockUntilReady(): Promise<JaxArray>
  data(): Promise<Float32Array>
  dispose(): void
}

export interface JaxJs {
  init(device: string): Promise<readonly string[]>
  defaultDevice(device: string): string
  jit<A extends readonly unknown[], R>(body: (...args: A) => R): (...args: A) => R
  grad(body: (x: JaxArray) => JaxArray): (x: JaxArray) => JaxArray
  valueAndGrad<A extends readonly unknown[]>(
    body: (...args: A) => JaxArray,
  ): (...args: A) => readonly [JaxArray, A[0]]
  readonly numpy: {
    array(data: Float32Array | Int32Array, options?: { readonly dtype: string }): JaxArray
    zerosLike(x: JaxArray): JaxArray
    matmul(x: JaxArray, y: JaxArray): JaxArray
    matrixTranspose(x: JaxArray): JaxArray
    pad(x: JaxArray, widths: readonly (readonly [number, number])[]): JaxArray
    concatenate(arrays: readonly JaxArray[], axis: number): JaxArray
    absolute(x: JaxArray): JaxArray
    maximum(x: JaxArray, y: number): JaxArray
    minimum(x: JaxArray, y: number): JaxArray
  }
  readonly nn: {
    relu(x: JaxArray): JaxArray
    softmax(x: JaxArray): JaxArray
    logSoftmax(x: JaxArray): JaxArray
    oneHot(labels: JaxArray, classes: number): JaxArray
  }
}
