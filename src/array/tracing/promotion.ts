/**
 * Which dtype two dtypes meet in, as in JAX: the least upper bound in a lattice that holds, beside
 * the dtypes, one node for weak integers and one for weak floats. Plain numbers are weak: they
 * take the dtype of the arrays beside them, except that a fraction beside integers makes a float.
 */

import { type DType, dtypes } from "../../size/index.ts"

type Node = DType | "weakInteger" | "weakFloat"

/** The next nodes above each node. A new dtype is a new row here. */
const above: { readonly [N in Node]: readonly Node[] } = {
  bool: ["weakInteger"],
  weakInteger: ["uint8", "int8"],
  uint8: ["uint16", "int16"],
  uint16: ["uint32", "int32"],
  // JAX has int64 here, and int32 where 64-bit integers are disabled.
  uint32: ["int32"],
  int8: ["int16"],
  int16: ["int32"],
  int32: ["weakFloat"],
  weakFloat: ["float16", "bfloat16"],
  float16: ["float32"],
  bfloat16: ["float32"],
  float32: ["float64"],
  float64: [],
}

/** The dtype that a weak kind has when nothing else decides. */
const weakDefaults: { readonly weakInteger: DType; readonly weakFloat: DType } = {
  weakInteger: "int32",
  weakFloat: "float32",
}

/** A dtype and whether it is weak. */
export interface Promotable {
  readonly dtype: DType
  readonly weak: boolean
}

/**
 * The dtype that operands are brought to before they are combined. Numbers among themselves are
 * float32 and stay weak: JavaScript does not tell 2 from 2.0.
 * @throws TypeError when there are no operands.
 */
export function promoteTypes(operands: readonly Promotable[]): Promotable {
  const [first] = operands
  if (first === undefined) throw new TypeError("promotion needs at least one operand")
  if (operands.every(({ weak }) => weak)) return { dtype: weakDefaults.weakFloat, weak: true }
  if (operands.every(({ dtype, weak }) => dtype === first.dtype && !weak)) return first
  const node = operands.map(nodeOf).reduce(join)
  return { dtype: dtypeOf(node), weak: node === "weakFloat" }
}

/** Like {@link promoteTypes} for functions of bits: numbers among themselves are int32. */
export function promoteBits(operands: readonly Promotable[]): Promotable {
  if (!operands.every(({ weak }) => weak)) return promoteTypes(operands)
  return { dtype: dtypeOf(operands.map(nodeOf).reduce(join)), weak: true }
}

/** The float dtype that a function of floats computes in: floats stay, the rest become float32. */
export function floatTypeOf({ dtype, weak }: Promotable): Promotable {
  return dtypes[dtype].kind === "float" ? { dtype, weak } : { dtype: weakDefaults.weakFloat, weak }
}

/** The dtype of arithmetic: bools are counted. */
export function numberTypeOf({ dtype, weak }: Promotable): Promotable {
  return dtype === "bool" ? { dtype: weakDefaults.weakInteger, weak: false } : { dtype, weak }
}

/** The dtype of sums and products: bools are counted, integers have room for 32 bits at least. */
export function sumTypeOf({ dtype, weak }: Promotable): Promotable {
  const { kind, computes } = dtypes[dtype]
  return numberTypeOf({ dtype: kind === "float" ? dtype : computes, weak })
}

/** The dtype and weakness of a plain number or truth value as an operand. */
export function typeOfNumber(value: number | boolean): Promotable {
  if (typeof value === "boolean") return { dtype: "bool", weak: false }
  if (Number.isInteger(value) && !Object.is(value, -0)) {
    if (value >= -(2 ** 31) && value < 2 ** 31) return { dtype: "int32", weak: true }
    if (value >= 0 && value < 2 ** 32) return { dtype: "uint32", weak: true }
  }
  return { dtype: "float32", weak: true }
}

function nodeOf({ dtype, weak }: Promotable): Node {
  if (!weak) return dtype
  return dtypes[dtype].kind === "float" ? "weakFloat" : "weakInteger"
}

function dtypeOf(node: Node): DType {
  return node === "weakInteger" || node === "weakFloat" ? weakDefaults[node] : node
}

const joins = new Map<string, Node>()

/** The least node that is not below a nor below b. */
function join(a: Node, b: Node): Node {
  if (a === b) return a
  const key = `${a} ${b}`
  let joined = joins.get(key)
  if (joined === undefined) {
    joined = leastUpperBound(a, b)
    joins.set(key, joined)
  }
  return joined
}

function leastUpperBound(a: Node, b: Node): Node {
  const aboveB = reach(b)
  const common = [...reach(a)].filter((node) => aboveB.has(node))
  const least = common.find((node) => common.every((other) => reach(node).has(other)))
  if (least === undefined) throw new TypeError(`${a} and ${b} have no common dtype: cast one`)
  return least
}

function reach(from: Node): Set<Node> {
  const reached = new Set<Node>([from])
  for (const node of reached) for (const next of above[node]) reached.add(next)
  return reached
}
