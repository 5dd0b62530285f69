/** Layers around which their input is carried (He et al. 2016). */

import { random } from "../../array/index.ts"
import type { Layer, LayerKind, LayerOf } from "../layer.ts"
import type { Arrays, Context, LayerRule, LayerRules } from "../rule.ts"

/**
 * x + layers(x), or shortcut(x) + layers(x) where the layers change the shape.
 * @example new Network([8], [residual([dense(8), activation("relu")])]).output // → [8]
 */
export function residual(
  layers: readonly Layer[],
  options: { shortcut?: readonly Layer[] } = {},
): LayerOf<"residual"> {
  return { kind: "residual", layers, shortcut: options.shortcut ?? [] }
}

type Branch = "layers" | "shortcut"
const branches = ["layers", "shortcut"] as const

/** A layer inside a residual layer. */
export interface PlacedLayer {
  readonly inner: Layer
  readonly branch: Branch
  /** What stands before its arrays' names. */
  readonly prefix: string
  /** What its random key is folded with. */
  readonly number: number
  /** Shapes of one example before and after it. */
  readonly before: readonly number[]
  readonly after: readonly number[]
}

/** The layers inside a residual layer, those of the branch before those of the shortcut. */
export function placedLayers(
  rules: LayerRules,
  layer: LayerOf<"residual">,
  input: readonly number[],
): readonly PlacedLayer[] {
  let number = 0
  return branches.flatMap((branch) => {
    let shape = input
    return layer[branch].map((inner, i) => {
      const before = shape
      shape = outputShape(rules, inner, before)
      const prefix = `${branch}.${i}_${inner.kind}.`
      return { inner, branch, prefix, number: number++, before, after: shape }
    })
  })
}

/** The rule of residual layers, for rules by which the layers inside are run. */
export function residualRule(rules: () => LayerRules): LayerRule<"residual"> {
  const collect = (
    layer: LayerOf<"residual">,
    input: readonly number[],
    arraysOf: (placed: PlacedLayer) => Arrays,
  ): Arrays =>
    Object.fromEntries(
      placedLayers(rules(), layer, input).flatMap((placed) =>
        Object.entries(arraysOf(placed)).map(([name, array]) => [placed.prefix + name, array]),
      ),
    )

  return {
    outputShape(layer, input) {
      const all = placedLayers(rules(), layer, input)
      const [main, around] = branches.map(
        (branch) => all.findLast((placed) => placed.branch === branch)?.after ?? input,
      )
      if (main.join() !== around.join()) {
        throw new RangeError(
          `its layers give [${main.join(", ")}], its shortcut [${around.join(", ")}]: ` +
            "both must have one shape to be added",
        )
      }
      return main
    },
    parameters: (layer, input, key) =>
      collect(layer, input, ({ inner, before, number }) =>
        parametersOf(rules(), inner, before, random.foldIn(key, number)),
      ),
    state: (layer, input) =>
      collect(layer, input, ({ inner, before }) => stateOf(rules(), inner, before)),
    apply(layer, parameters, state, x, context) {
      const after: Record<string, Arrays[string]> = {}
      const run = (carried: Arrays[string], { inner, prefix, number }: PlacedLayer) => {
        const key = context.key === undefined ? undefined : random.foldIn(context.key, number)
        const own = branchArrays(parameters, prefix)
        const before = branchArrays(state, prefix)
        const result = applied(rules(), inner, own, before, carried, { ...context, key })
        for (const [name, array] of Object.entries(result.state)) after[prefix + name] = array
        return result.output
      }
      const all = placedLayers(rules(), layer, x.shape.slice(1).map(Number))
      const [main, around] = branches.map((branch) =>
        all.filter((placed) => placed.branch === branch).reduce(run, x),
      )
      return { output: main.add(around), state: after }
    },
  }
}

/** The arrays whose names begin with a prefix, by the rest of their names. */
export function branchArrays(arrays: Arrays, prefix: string): Arrays {
  return Object.fromEntries(
    Object.entries(arrays)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, array]) => [name.slice(prefix.length), array]),
  )
}

// Each of these binds a layer to the rule of its kind.

function outputShape<K extends LayerKind>(
  rules: LayerRules,
  layer: LayerOf<K>,
  input: readonly number[],
): readonly number[] {
  return rules[layer.kind].outputShape(layer, input)
}

function parametersOf<K extends LayerKind>(
  rules: LayerRules,
  layer: LayerOf<K>,
  input: readonly number[],
  key: Arrays[string],
): Arrays {
  return rules[layer.kind].parameters(layer, input, key)
}

function stateOf<K extends LayerKind>(
  rules: LayerRules,
  layer: LayerOf<K>,
  input: readonly number[],
): Arrays {
  return rules[layer.kind].state(layer, input)
}

function applied<K extends LayerKind>(
  rules: LayerRules,
  layer: LayerOf<K>,
  parameters: Arrays,
  state: Arrays,
  x: Arrays[string],
  context: Context,
) {
  return rules[layer.kind].apply(layer, parameters, state, x, context)
}
