/** Arguments for a function that is run from the command line: drawn from a seed, or literal. */

import { InvalidArgumentError } from "commander"
import { jit, np, random, type Array as TradespaceArray } from "../array/index.ts"
import { concreteShape, elementsOf, isFloat, parseSpec, type Spec } from "../size/index.ts"

/** A literal value, or the type of an array to be drawn. */
export type Input =
  | { readonly kind: "literal"; readonly value: Literal }
  | { readonly kind: "drawn"; readonly spec: Spec }

type Literal = number | boolean | readonly Literal[]

/**
 * Reads `f32[1048576], [2, 3, 4], 5`: types of arrays to draw, and JSON values.
 * @throws InvalidArgumentError naming the part that is neither.
 */
export function readInputs(text: string): readonly Input[] {
  return partsOf(text).map((part): Input => {
    if (/^[a-z]/.test(part) && part !== "true" && part !== "false") return readSpec(part)
    let value: unknown
    try {
      value = JSON.parse(part)
    } catch {
      value = undefined
    }
    if (isLiteral(value)) return { kind: "literal", value }
    throw new InvalidArgumentError(
      `"${part}" is neither a type such as f32[1024] nor a value such as [2, 3, 4].`,
    )
  })
}

function readSpec(part: string): Input {
  try {
    const spec = parseSpec(part)
    concreteShape(spec.shape)
    return { kind: "drawn", spec }
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error))
  }
}

/** The parts between commas outside of brackets. */
function partsOf(text: string): readonly string[] {
  const parts: string[] = [""]
  let depth = 0
  for (const character of text) {
    if (character === "[") depth++
    if (character === "]") depth--
    if (character === "," && depth === 0) parts.push("")
    else parts[parts.length - 1] += character
  }
  return parts.map((part) => part.trim()).filter((part) => part !== "")
}

function isLiteral(value: unknown): value is Literal {
  if (Array.isArray(value)) return value.every(isLiteral)
  return typeof value === "number" || typeof value === "boolean"
}

/**
 * The arrays of inputs. What is drawn depends on the seed and the argument's position alone:
 * floats evenly from 1 − 1/√n to 1 + 1/√n for n elements, so that neither sums nor products
 * leave the ordinary numbers; integers evenly from 0 to 9; bool by a fair coin.
 */
export function makeInputs(inputs: readonly Input[], seed: number): readonly TradespaceArray[] {
  return inputs.map((input, i) => {
    if (input.kind === "literal") return np.array(input.value)
    return draw(input.spec, random.foldIn(random.key(seed), i))
  })
}

function draw({ shape, dtype }: Spec, key: TradespaceArray): TradespaceArray {
  const sampler = jit((own: TradespaceArray) => {
    if (dtype === "bool") return random.bernoulli(own, 0.5, shape)
    if (!isFloat(dtype)) return random.randint(own, shape, 0, 10).astype(dtype)
    const spread = 1 / Math.sqrt(Math.max(1, Number(elementsOf(shape))))
    return random.uniform(own, shape, { minval: 1 - spread, maxval: 1 + spread, dtype })
  })
  return sampler(key)
}
