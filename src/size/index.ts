export { addVectors, Basis, subtractVectors, type Vector } from "./basis.ts"
export { isAtMost, lowerBound } from "./bounds.ts"
export { parseBytes, printBytes } from "./bytes.ts"
export * from "./dtype.ts"
export { evaluate } from "./evaluate.ts"
export * from "./functions.ts"
export { order } from "./order.ts"
export { parseSize, parseSpec, parseSpecs, type Spec } from "./parse.ts"
export {
  type Atom,
  add,
  type Bindings,
  Expression,
  isSymbolic,
  multiply,
  negate,
  type Size,
  sizesEqual,
  subtract,
  symbol,
  symbolsOf,
  type Term,
} from "./polynomial.ts"
export * from "./shape.ts"
