/** What users hold: arrays, the functions on them, and the transforms of functions. */

export { AbstractArray } from "./abstract.ts"
export { Array, type Nested } from "./array.ts"
export type { FormatOptions } from "./format.ts"
export * as fft from "./fourier/index.ts"
export * as lax from "./lax/index.ts"
export * as linalg from "./linalg/index.ts"
export * as nn from "./nn/index.ts"
export * as np from "./numpy/index.ts"
export { stopGradient } from "./operations/elementwise.ts"
export type { Index, Place } from "./operations/indexing.ts"
export * as random from "./random/index.ts"
export {
  bf16,
  bool,
  f16,
  f32,
  f64,
  i8,
  i16,
  i32,
  type SpecLike,
  specs,
  u8,
  u16,
  u32,
} from "./spec.ts"
export * as special from "./special/index.ts"
export type { IntegerDType, IntegerLike, Key } from "./static/dtype.ts"
export {
  closeDevices,
  type DeviceForGraph,
  type DeviceOptions,
  defaultDevice,
  defaultDeviceOptions,
  deviceNames,
  openDevice,
  openDeviceFor,
  registerDevice,
  setDefaultDevice,
  setTuning,
} from "./tracing/devices.ts"
export type { ArrayLike } from "./tracing/operands.ts"
export { blockUntilReady, devicePut } from "./tracing/placement.ts"
export {
  type CheckpointOptions,
  checkpoint,
  checkpointName,
  checkpointPolicies,
  remat,
} from "./transforms/checkpoint.ts"
export {
  type CustomJvp,
  type CustomOptions,
  type CustomVjp,
  customJvp,
  customVjp,
} from "./transforms/custom.ts"
export { type GradOptions, grad, valueAndGrad } from "./transforms/gradient.ts"
export { closureConvert, evalShape, graphOf, linearTranspose } from "./transforms/inspect.ts"
export { hessian, type JacobianOptions, jacfwd, jacrev } from "./transforms/jacobian.ts"
export { type JitOptions, jit } from "./transforms/jit.ts"
export { jvp, linearize, vjp } from "./transforms/products.ts"
export { type Axis, type VmapOptions, vmap } from "./transforms/vmap.ts"
export * as tree from "./tree.ts"
export type { Relaxed, WithLeaves } from "./types.ts"
