/**
 * Random well-formed graphs over all primitives but control flow, with concrete shapes that include 0,
 * 1, odd and prime extents. The same seed makes the same graph, and a shorter graph of one seed is
 * the beginning of a longer one, so that failures shrink.
 *
 * What is rounded is never compared, sorted, truncated or fed to a steep function, so that two
 * devices that are both correct agree on the results within a small tolerance, given
 * {@link randomArguments} of the same seed and {@link toleranceOf}.
 */

import fc from "fast-check"
import { evaluate } from "../../src/device/ram/index.ts"
import { type Graph, type PlainPrimitive, printGraph } from "../../src/graph/index.ts"
import {
  allocateTyped,
  concreteShape,
  type DType,
  decodeTyped,
  dtypes,
  encodeElement,
  isFloat,
  type TypedArray,
} from "../../src/size/index.ts"
import { Chance } from "./chance.ts"
import { growers } from "./growers.ts"
import { Soil, type SoilOptions } from "./soil.ts"

export interface RandomGraphOptions extends SoilOptions {
  /** Most equations (default 12). */
  readonly equations?: number
  /** The primitives to use (default all). */
  readonly primitives?: readonly PlainPrimitive[]
}

export const primitives = Object.keys(growers).filter(
  (name): name is PlainPrimitive => name in growers,
)

/** The graph of a seed, with about so many equations. */
export function graphOfSeed(
  seed: number,
  equations: number,
  options: RandomGraphOptions = {},
): Graph {
  const soil = new Soil(new Chance(seed), options)
  for (let i = 0; i < equations; i++) {
    growers[soil.chance.pick(options.primitives ?? primitives)](soil)
  }
  const graph = soil.b.build([])
  const used = new Set(graph.equations.flatMap(({ operands }) => operands))
  const results = graph.equations.flatMap((equation) => equation.results)
  const unused = results.filter((result) => !used.has(result))
  // An input or an inner result may be an output too.
  const others = soil.variables.filter((variable) => !unused.includes(variable))
  const extra = others.length > 0 && soil.chance.happens(0.3) ? [soil.chance.pick(others)] : []
  return { ...graph, outputs: [...unused, ...extra] }
}

/** An argument of a graph. */
export interface HostArgument {
  readonly data: TypedArray
  readonly shape: readonly number[]
}

/** A graph with arguments for it. */
export interface Case {
  readonly seed: number
  readonly graph: Graph
  readonly inputs: readonly HostArgument[]
}

/** Random graphs with arguments; a failing one prints its seed and its text. */
export function randomGraph(options: RandomGraphOptions = {}): fc.Arbitrary<Case> {
  return fc
    .tuple(fc.nat(), fc.integer({ min: 1, max: options.equations ?? 12 }))
    .map(([seed, equations]) => caseOf(seed, graphOfSeed(seed, equations, options)))
}

/** Random graphs of one equation of a primitive, whose operands are all inputs. */
export function randomEquation(
  primitive: PlainPrimitive,
  options: SoilOptions = {},
): fc.Arbitrary<Case> {
  return fc.nat().map((seed) => {
    // A grower whose choice turned out too large grows nothing: it is asked again.
    const soil = new Soil(new Chance(seed), { ...options, constants: false })
    while (soil.b.build([]).equations.length === 0) growers[primitive](soil)
    const graph = soil.b.build([])
    const [{ operands, results }] = graph.equations
    const inputs = graph.inputs.filter((input) => operands.includes(input))
    return caseOf(seed, { ...graph, inputs, outputs: results })
  })
}

function caseOf(seed: number, graph: Graph): Case {
  const printed = { [fc.toStringMethod]: () => `seed ${seed}:\n${printGraph(graph)}` }
  return { seed, graph, inputs: randomArguments(graph, seed), ...printed }
}

/** Arguments for a graph of concrete sizes: small numbers with ties, zeros and negative ones. */
export function randomArguments(graph: Graph, seed: number): readonly HostArgument[] {
  const chance = new Chance(seed ^ 0x5eed)
  return graph.inputs.map(({ shape, dtype }) => {
    const extents = concreteShape(shape)
    const data = allocateTyped(
      dtype,
      extents.reduce((a, b) => a * b, 1),
    )
    for (let i = 0; i < data.length; i++) data[i] = encodeElement(dtype, valueOf(chance, dtype))
    return { data, shape: extents }
  })
}

function valueOf(chance: Chance, dtype: DType): number {
  const { kind, lowest, highest } = dtypes[dtype]
  switch (kind) {
    case "float":
      return chance.happens(0.3) ? chance.between(-4, 4) / 2 : 4 * chance.next() - 2
    case "signed":
      return chance.happens(0.9) ? chance.between(-3, 9) : chance.between(lowest, highest)
    case "unsigned":
      return chance.happens(0.7) ? chance.between(0, 9) : chance.between(0, highest)
    case "bool":
      return chance.between(0, 1)
  }
}

/**
 * How far a correct float32 result of a graph may be from the oracle's, element by element: a
 * fraction of the greatest finite float that occurs anywhere in the computation, at least 1.
 */
export function toleranceOf({ graph, inputs }: Case, fraction = 1e-5): number {
  const everything = graph.equations.flatMap(({ results }) => results)
  let greatest = 1
  for (const { data, dtype } of evaluate({ ...graph, outputs: everything }, inputs)) {
    if (!isFloat(dtype)) continue
    for (const value of decodeTyped(dtype, data)) {
      if (Number.isFinite(value)) greatest = Math.max(greatest, Math.abs(value))
    }
  }
  return fraction * greatest
}

/** The dtype of elements of which only the array is known. */
function nameOf(data: TypedArray): DType {
  if (data instanceof Float64Array) return "float64"
  return data instanceof Float32Array ? "float32" : "int32"
}

/**
 * The first place where two results differ by more than a tolerance, as text; NaN equals NaN, and
 * integers are compared exactly.
 */
export function difference(
  got: readonly HostArgument[],
  expected: readonly (HostArgument & { readonly dtype?: DType })[],
  tolerance: number,
): string | undefined {
  for (const [i, { data, shape, dtype = nameOf(data) }] of expected.entries()) {
    if (String(got[i].shape) !== String(shape)) {
      return `output ${i} has shape [${got[i].shape}], not [${shape}]`
    }
    const allowed = isFloat(dtype) ? tolerance : 0
    const found = decodeTyped(dtype, got[i].data)
    for (const [j, want] of decodeTyped(dtype, data).entries()) {
      const value = found[j]
      const same = Object.is(value, want) || value === want || Math.abs(value - want) <= allowed
      if (!same) return `output ${i} has ${value} at ${j}, not ${want}`
    }
  }
  return undefined
}
