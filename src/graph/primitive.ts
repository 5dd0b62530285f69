/**
 * The primitives: everything that a graph can say.
 *
 * Arrays are operands, metadata are params. Every layer (types, price, derivatives, batching,
 * kernels, the interpreter) keeps one table with a rule for each of these, so that the compiler
 * names the missing rules when one is added.
 */

import type { DType, Size } from "../size/index.ts"
import type { ArrayType, Graph } from "./graph.ts"

type NoParams = Readonly<Record<never, never>>

/** Element by element: operands of one shape to a result of that shape. */
interface ElementwiseParams {
  // float to float
  exp: NoParams
  expm1: NoParams
  log: NoParams
  log1p: NoParams
  sin: NoParams
  cos: NoParams
  tan: NoParams
  asin: NoParams
  acos: NoParams
  atan: NoParams
  sinh: NoParams
  cosh: NoParams
  tanh: NoParams
  asinh: NoParams
  acosh: NoParams
  atanh: NoParams
  sqrt: NoParams
  rsqrt: NoParams
  cbrt: NoParams
  erf: NoParams
  erfc: NoParams
  erfInv: NoParams
  /** 1 / (1 + e^−x). */
  logistic: NoParams
  floor: NoParams
  ceil: NoParams
  /** To the nearest whole number, ties to even. */
  round: NoParams
  // numbers to numbers of the same dtype
  negate: NoParams
  abs: NoParams
  sign: NoParams
  add: NoParams
  subtract: NoParams
  multiply: NoParams
  /** Integers truncate towards zero; division by zero gives −1 (all bits set), as in JAX. */
  divide: NoParams
  /** The sign follows the dividend (C's fmod and %); by zero an integer gives the dividend. */
  remainder: NoParams
  power: NoParams
  maximum: NoParams
  minimum: NoParams
  atan2: NoParams
  // bits: integers and bool
  not: NoParams
  and: NoParams
  or: NoParams
  xor: NoParams
  /** Shifting by the width or more gives 0 (or the sign, for the arithmetic one). */
  shiftLeft: NoParams
  shiftRightLogical: NoParams
  shiftRightArithmetic: NoParams
  populationCount: NoParams
  countLeadingZeros: NoParams
  /**
   * Random bits: operands key0, key1, counter0, counter1 (uint32), result one word of the
   * Threefry-2x32 block or the exclusive or of both (Salmon et al. 2011, 20 rounds).
   */
  threefry: { readonly word: "first" | "second" | "xor" }
  // to bool
  isFinite: NoParams
  equal: NoParams
  notEqual: NoParams
  less: NoParams
  lessEqual: NoParams
  greater: NoParams
  greaterEqual: NoParams
  /** Operands condition (bool), onTrue, onFalse. */
  select: NoParams
  /** Floats to integers truncate and saturate, NaN becomes 0; to bool is ≠ 0. */
  cast: { readonly dtype: DType }
  /** The same bits read as another dtype of the same width. */
  bitcast: { readonly dtype: DType }
  /** The identity, through which no derivative passes. */
  stopGradient: NoParams
}

/** Made from nothing. */
interface CreationParams {
  full: { readonly shape: readonly Size[]; readonly dtype: DType; readonly value: number }
  /** 0, 1, 2, … along one axis. */
  iota: { readonly shape: readonly Size[]; readonly dtype: DType; readonly axis: number }
}

/** Views and moves: the same elements elsewhere. */
interface MovementParams {
  reshape: { readonly shape: readonly Size[] }
  /** Axis i of the result is axis permutation[i] of the operand. */
  transpose: { readonly permutation: readonly number[] }
  /** Operand axis i becomes result axis axes[i] (rising); extents are equal, or 1 in the operand. */
  broadcast: { readonly shape: readonly Size[]; readonly axes: readonly number[] }
  /** Elements start, start+stride, … below limit, per axis; strides are at least 1. */
  slice: {
    readonly starts: readonly Size[]
    readonly limits: readonly Size[]
    readonly strides: readonly number[]
  }
  /** low before, high after and interior between elements, per axis, all at least 0. */
  pad: {
    readonly low: readonly Size[]
    readonly high: readonly Size[]
    readonly interior: readonly number[]
    readonly value: number
  }
  concatenate: { readonly axis: number }
  flip: { readonly axes: readonly number[] }
  /**
   * Every window of an array, as a view: each axes[i] becomes the window's position along it and
   * the offsets inside the window are appended as new axes. Element (p…, o…) is the operand's at
   * p·stride + o·dilation. Pooling reduces the appended axes.
   */
  windows: WindowParams
  /**
   * The transpose of `windows`: adds the windows back at their places (overlap-add). `extents` are
   * those of the result along `axes`; the last axes.length axes of the operand are the offsets.
   */
  fold: WindowParams & { readonly extents: readonly Size[] }
  /**
   * Operand, then one int32 index array for each of `axes`, all of one shape I. Result is I
   * followed by the operand's axes that are not indexed. Indices out of range are clamped, or
   * where mode is "fill" read as NaN (floats) or the dtype's lowest value.
   */
  gather: { readonly axes: readonly number[]; readonly mode: "clip" | "fill" }
  /**
   * Operand, one int32 index array per axis (all of shape I), then updates shaped as `gather`'s
   * result. Result is the operand with the updates combined in; indices out of range are dropped.
   * "set" with equal indices keeps the last update in row-major order.
   */
  scatter: {
    readonly axes: readonly number[]
    readonly combine: "add" | "multiply" | "minimum" | "maximum" | "set"
  }
  /** Operand, then one int32 scalar start per axis, clamped so that the slice fits. */
  dynamicSlice: { readonly sizes: readonly Size[] }
  /** Operand, update, then one int32 scalar start per axis, clamped so that the update fits. */
  dynamicUpdateSlice: NoParams
  /**
   * The first operand, as it is once the others are computed too: a view. It is not taken for its
   * operand, so what is computed from it is computed again, and no earlier. A name, where it is not
   * empty, is what policies of rematerialisation know the value by.
   */
  after: { readonly name: string }
}

export interface WindowParams {
  readonly axes: readonly number[]
  readonly sizes: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
}

/** Many elements to one. */
interface ReductionParams {
  reduceSum: { readonly axes: readonly number[] }
  reduceProd: { readonly axes: readonly number[] }
  /** Of bools: any. NaN wins. */
  reduceMax: { readonly axes: readonly number[] }
  /** Of bools: all. NaN wins. */
  reduceMin: { readonly axes: readonly number[] }
  /** Index (int32) of the first greatest element; the first NaN wins. */
  argmax: { readonly axis: number }
  argmin: { readonly axis: number }
  /** Inclusive scans along one axis, from its end where `reverse`. */
  cumulativeSum: ScanParams
  cumulativeProd: ScanParams
  cumulativeMax: ScanParams
  cumulativeMin: ScanParams
}

export interface ScanParams {
  readonly axis: number
  readonly reverse: boolean
}

interface ContractionParams {
  /**
   * Sums over paired axes. Result axes: the batch pairs, then the left operand's free axes, then
   * the right one's.
   */
  dot: {
    readonly contract: readonly [readonly number[], readonly number[]]
    readonly batch: readonly [readonly number[], readonly number[]]
  }
  /** Cross-correlation with full dimension numbers; groups divide the features. */
  convolve: ConvolveParams
}

export interface ConvolveParams {
  /** Axes of each array as [batch, feature, …spatial]; the kernel's as [out, in, …spatial]. */
  readonly lhs: readonly number[]
  readonly rhs: readonly number[]
  readonly out: readonly number[]
  readonly strides: readonly number[]
  /** Zeros added before and after each spatial axis of the dilated input; negative ones crop. */
  readonly padding: readonly (readonly [Size, Size])[]
  readonly lhsDilation: readonly number[]
  readonly rhsDilation: readonly number[]
  readonly featureGroups: number
  readonly batchGroups: number
}

interface SortParams {
  /**
   * Sorts all operands (one shape) along an axis by the first `keys` of them, in turn; stable,
   * rising, NaN last, −0 before +0 counts as equal. One result per operand.
   */
  sort: { readonly axis: number; readonly keys: number }
}

/** Structured control flow: graphs as params, closed in themselves. */
interface ControlParams {
  loop: LoopParams
  while: WhileParams
  cond: CondParams
}

/**
 * `length` steps of a body, one after another. Operands: `consts` arrays that every step sees,
 * `carries` arrays that each step hands to the next, then arrays of which step t sees row t along
 * axis 0 (from the last row on where `reverse`). The body takes consts, carries and rows, and gives
 * the next carries and one row of each further result. Results: the last carries, then the rows of
 * all steps, each at the row that its step saw.
 */
export interface LoopParams {
  readonly body: Graph
  readonly length: Size
  readonly consts: number
  readonly carries: number
  readonly reverse: boolean
}

/**
 * A body repeated while a condition holds. Operands: `conditionConsts` arrays for the condition,
 * `bodyConsts` for the body, then the carries; both graphs take their consts and the carries, the
 * condition gives one bool scalar, the body the next carries. Results: the last carries.
 */
export interface WhileParams {
  readonly condition: Graph
  readonly body: Graph
  readonly conditionConsts: number
  readonly bodyConsts: number
  /** About how many steps there will be, where the algorithm tells: quotes reckon with it. */
  readonly expected?: number | undefined
}

/**
 * One of several graphs. Operands: an int32 scalar that chooses, clamped to 0 … branches − 1, then
 * what every branch takes. The branches' results have the same types.
 */
export interface CondParams {
  readonly branches: readonly Graph[]
}

/**
 * A graph that is made when it is first asked for, because making it may need the derivative that it
 * is part of. Equal keys mean equal graphs.
 */
export interface LateGraph {
  readonly key: string
  readonly graph: () => Graph
}

/** An array outside of all graphs, known by its key: whoever traces knows which one it is. */
export interface Source extends ArrayType {
  readonly key: string
}

/** Which values a rematerialised computation keeps. Equal keys mean equal policies. */
export interface SavingPolicy {
  readonly key: string
  /** Whether the results of a primitive are kept rather than computed again. */
  readonly saves: (primitive: Primitive, params: object) => boolean
}

/**
 * How a call is differentiated.
 *
 * `jvp`: by a graph from operands and a tangent for each to results and a tangent for each.
 * `vjp`: by a graph from operands to results and residuals, and one from residuals and a cotangent
 * for each result to a cotangent for each operand.
 * In both, derivatives are by the first `arguments` operands; no other may have a tangent.
 * `checkpoint`: as what it is, but with what its linear part needs computed again from the operands
 * and from what the policy saves; `again` marks that part.
 */
export type CallRule =
  | { readonly kind: "jvp"; readonly arguments: number; readonly derivative: LateGraph }
  | {
      readonly kind: "vjp"
      readonly arguments: number
      readonly forward: LateGraph
      readonly backward: LateGraph
    }
  | { readonly kind: "checkpoint"; readonly policy: SavingPolicy; readonly again: boolean }

/** What a graph holds only as long as derivatives may be asked of it. */
interface StagedParams {
  /** The body in its place, differentiated by a rule of its own. */
  call: { readonly body: Graph; readonly rule: CallRule }
  /**
   * A linear map that is known by its transpose alone. Operands: `residuals` arrays, then tangents;
   * `backward` takes the residuals and a cotangent of each result to one of each tangent.
   */
  pullback: { readonly backward: Graph; readonly residuals: number }
  /** An array from outside; becomes an input when the graph becomes part of another. */
  capture: { readonly source: Source }
}

/** The params of each primitive, by its name. */
export interface ParamsOf
  extends ElementwiseParams,
    CreationParams,
    MovementParams,
    ReductionParams,
    ContractionParams,
    SortParams,
    ControlParams,
    StagedParams {}

export type Primitive = keyof ParamsOf
export type ElementwisePrimitive = keyof ElementwiseParams
export type ControlPrimitive = keyof ControlParams
export type StagedPrimitive = keyof StagedParams
/** The primitives that every device runs and that have no graphs among their params. */
export type PlainPrimitive = Exclude<Primitive, ControlPrimitive | StagedPrimitive>

/** The elementwise primitives with their number of operands. */
export const elementwiseArity: { readonly [P in ElementwisePrimitive]: 1 | 2 | 3 | 4 } = {
  exp: 1,
  expm1: 1,
  log: 1,
  log1p: 1,
  sin: 1,
  cos: 1,
  tan: 1,
  asin: 1,
  acos: 1,
  atan: 1,
  sinh: 1,
  cosh: 1,
  tanh: 1,
  asinh: 1,
  acosh: 1,
  atanh: 1,
  sqrt: 1,
  rsqrt: 1,
  cbrt: 1,
  erf: 1,
  erfc: 1,
  erfInv: 1,
  logistic: 1,
  floor: 1,
  ceil: 1,
  round: 1,
  negate: 1,
  abs: 1,
  sign: 1,
  add: 2,
  subtract: 2,
  multiply: 2,
  divide: 2,
  remainder: 2,
  power: 2,
  maximum: 2,
  minimum: 2,
  atan2: 2,
  not: 1,
  and: 2,
  or: 2,
  xor: 2,
  shiftLeft: 2,
  shiftRightLogical: 2,
  shiftRightArithmetic: 2,
  populationCount: 1,
  countLeadingZeros: 1,
  threefry: 4,
  isFinite: 1,
  equal: 2,
  notEqual: 2,
  less: 2,
  lessEqual: 2,
  greater: 2,
  greaterEqual: 2,
  select: 3,
  cast: 1,
  bitcast: 1,
  stopGradient: 1,
}

export function isElementwise(primitive: Primitive): primitive is ElementwisePrimitive {
  return primitive in elementwiseArity
}

/** One value for every elementwise primitive: fills the regular part of a rule table. */
export function forElementwise<T>(value: T): { readonly [P in ElementwisePrimitive]: T } {
  const table: Partial<Record<ElementwisePrimitive, T>> = {}
  for (const name of elementwiseNames) table[name] = value
  return table as { readonly [P in ElementwisePrimitive]: T }
}

export const elementwiseNames: readonly ElementwisePrimitive[] = Object.keys(
  elementwiseArity,
).filter((name): name is ElementwisePrimitive => name in elementwiseArity)

const control: { readonly [P in ControlPrimitive]: true } = { loop: true, while: true, cond: true }

const staged: { readonly [P in StagedPrimitive]: true } = {
  call: true,
  pullback: true,
  capture: true,
}

/** Whether a primitive is there only as long as derivatives may be asked. */
export function isStaged(primitive: Primitive): primitive is StagedPrimitive {
  return primitive in staged
}

/** Whether a primitive is control flow around graphs. */
export function isControl(primitive: Primitive): primitive is ControlPrimitive {
  return primitive in control
}
