/** A graph builder that writes no equation twice and none that a rewrite rule makes needless. */

import {
  type Equation,
  GraphBuilder,
  isEquation,
  type ParamsOf,
  type Primitive,
  paramsKey,
  type Variable,
} from "../../graph/index.ts"

/**
 * Another way to compute the result of an equation with one result, from its operands.
 * @returns undefined where the rule does not apply.
 */
export type Rewrite<P extends Primitive> = (
  b: SimplifyingBuilder,
  operands: readonly Variable[],
  params: ParamsOf[P],
  primitive: P,
) => Variable | undefined

/** The first rule that applies. */
export type RewriteAll = <P extends Primitive>(
  b: SimplifyingBuilder,
  operands: readonly Variable[],
  params: ParamsOf[P],
  primitive: P,
) => Variable | undefined

/** Primitives whose operands may change places. */
const commutative: ReadonlySet<Primitive> = new Set<Primitive>([
  "add",
  "multiply",
  "and",
  "or",
  "xor",
  "equal",
  "notEqual",
])

export class SimplifyingBuilder extends GraphBuilder {
  readonly #rewrite: RewriteAll
  readonly #definitions = new Map<Variable, Equation>()
  readonly #numbers = new Map<Variable, number>()
  readonly #written = new Map<string, readonly Variable[]>()

  constructor(rewrite: RewriteAll) {
    super()
    this.#rewrite = rewrite
  }

  override emitAll<P extends Primitive>(
    primitive: P,
    operands: readonly Variable[],
    params: ParamsOf[P],
  ): readonly Variable[] {
    const rewritten = this.#rewrite(this, operands, params, primitive)
    if (rewritten !== undefined) return [rewritten]
    const numbers = operands.map((operand) => this.#number(operand))
    if (commutative.has(primitive)) numbers.sort((p, q) => p - q)
    const key = `${primitive}(${numbers.join(",")})${paramsKey(params)}`
    const before = this.#written.get(key)
    if (before !== undefined) return before
    const results = super.emitAll(primitive, operands, params)
    this.#written.set(key, results)
    for (const result of results) {
      this.#definitions.set(result, { primitive, operands, params, results })
    }
    return results
  }

  /** The equation that computes a variable, where it is one of the given primitive. */
  match<P extends Primitive>(
    variable: Variable,
    primitive: P,
  ): (Equation & Equation<P>) | undefined {
    const definition = this.#definitions.get(variable)
    return definition !== undefined && isEquation(definition, primitive) ? definition : undefined
  }

  /** The one value of all elements, where it is known. */
  constant(variable: Variable): number | undefined {
    return this.match(variable, "full")?.params.value
  }

  #number(variable: Variable): number {
    const known = this.#numbers.get(variable)
    if (known !== undefined) return known
    this.#numbers.set(variable, this.#numbers.size)
    return this.#numbers.size - 1
  }
}
