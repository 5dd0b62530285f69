/** The part of TensorFlow.js that is used here; the package is not there when types are checked. */

export interface Tensor {
  readonly shape: readonly number[]
  dataSync(): Float32Array<ArrayBuffer>
  dispose(): void
}

interface Differentiable {
  readonly value: Tensor
  readonly gradFunc: (cotangent: Tensor, saved: readonly Tensor[]) => readonly Tensor[]
}

type Save = (tensors: readonly Tensor[]) => void

export interface TensorFlow {
  setBackend(name: string): Promise<boolean>
  ready(): Promise<void>
  tidy(body: () => Tensor): Tensor
  tensor(data: Float32Array | Int32Array, shape: readonly number[], dtype: string): Tensor
  variable(start: Tensor, trainable: boolean, name: string): Tensor
  zerosLike(x: Tensor): Tensor
  add(x: Tensor, y: Tensor | number): Tensor
  mul(x: Tensor, y: Tensor | number): Tensor
  maximum(x: Tensor, y: number): Tensor
  minimum(x: Tensor, y: number): Tensor
  abs(x: Tensor): Tensor
  relu(x: Tensor): Tensor
  sum(x: Tensor): Tensor
  softmax(x: Tensor): Tensor
  reshape(x: Tensor, shape: readonly number[]): Tensor
  transpose(x: Tensor, permutation?: readonly number[]): Tensor
  reverse(x: Tensor, axes: readonly number[]): Tensor
  pad(x: Tensor, padding: readonly (readonly [number, number])[]): Tensor
  oneHot(labels: Tensor, classes: number): Tensor
  matMul(x: Tensor, y: Tensor, transposeX?: boolean, transposeY?: boolean): Tensor
  conv2d(images: Tensor, kernel: Tensor, stride: number, padding: "same" | "valid"): Tensor
  maxPool(images: Tensor, size: number, stride: number, padding: "valid"): Tensor
  customGrad(
    body: (x: Tensor, y: Tensor, save: Save) => Differentiable,
  ): (x: Tensor, y: Tensor) => Tensor
  readonly losses: { softmaxCrossEntropy(labels: Tensor, logits: Tensor): Tensor }
  readonly train: {
    momentum(
      learningRate: number,
      momentum: number,
    ): { minimize(loss: () => Tensor, returnCost: true, parameters: readonly Tensor[]): Tensor }
  }
}

export interface WasmBackend {
  setWasmPaths(folder: string): void
  getThreadsCount(): number
}
