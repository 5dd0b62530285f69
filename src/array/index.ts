/** What users hold: arrays, the functions on them, and the transforms of functions. */

export { AbstractArray } from "./abstract.ts"
export { Array, type Nested } from "./array.ts"
export {
  type CheckpointOptions,
  checkpoint,
  checkpointName,
  checkpointPolicies,
  remat,
} from "./checkpoint.ts"
export {
  type CustomJvp,
  type CustomOptions,
  type CustomVjp,
  customJvp,
  customVjp,
} from "./custom.ts"
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
} from "./devices.ts"
export { stopGradient } from "./elementwise.ts"
export * as fft from "./fft.ts"
export type { FormatOptions } from "./format.ts"
export * as nn from "./functional.ts"
export { type GradOptions, grad, valueAndGrad } from "./gradient.ts"
export type { Index, Place } from "./indexing.ts"
export { closureConvert, evalShape, graphOf, linearTranspose } from "./inspect.ts"
export { hessian, type JacobianOptions, jacfwd, jacrev } from "./jacobian.ts"
export { type JitOptions, jit } from "./jit.ts"
export * as lax from "./lax.ts"
export * as linalg from "./linalg/index.ts"
export * as np from "./numpy.ts"
export type { ArrayLike } from "./operands.ts"
export { blockUntilReady, devicePut } from "./placement.ts"
export { jvp, linearize, vjp } from "./products.ts"
export * as random from "./sampling.ts"
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
export * as special from "./special.ts"
export type { IntegerDType, IntegerLike, Key } from "./static-dtype.ts"
export * as tree from "./tree.ts"
export type { Relaxed, WithLeaves } from "./types.ts"
export { type Axis, type VmapOptions, vmap } from "./vmap.ts"
