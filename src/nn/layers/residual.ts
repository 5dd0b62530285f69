/** Layers around which their input is carried (He et al. 2016). */

import { random } from "../../array/index.ts"
import type { Layer, LayerKind, LayerOf } from "../layer.ts"
import type { Arrays, Context, LayerRule, LayerRules } from "../rule.ts"

/**
 * x + layers(x), or shortcut(x) + layers(x) where the layers change the shape.
 */
export function residual(
  layers: readonly Layer[],
  options: { shortcut?: readonly Layer[] } = {},
): LayerOf<"residual"> {
  return { kind: "residual", layers, shortcut: options.shortcut ?? [] }
}

type Branch = "layers" | "shortcut"
const branches = ["layers", "shortcut"] as const

/** The rule of residual layers, for rules by which the layers inside are run. */
export function residualRule(rules: () => LayerRules): LayerRule<"residual"> {
  /** Each layer of a branch with what stands before its arrays' names, its input and its output. */
  function placed(layer: LayerOf<"residual">, branch: Branch, input: readonly number[]) {
    let shape = input
    return layer[branch].map((inner, i) => {
      const before = shape
      shape = outputShape(rules(), inner, before)
      const number = branch === "layers" ? i : layer.layers.length + i
      return { inner, prefix: `${branch}.${i}_${inner.kind}.`, number, before, after: shape }
    })
  }

  function collect(
    layer: LayerOf<"residual">,
    input: readonly number[],
    arraysOf: (inner: Layer, before: readonly number[], number: number) => Arrays,
  ): Arrays {
    const collected = branches.flatMap((branch) =>
      placed(layer, branch, input).flatMap(({ inner, prefix, number, before }) =>
        Object.entries(arraysOf(inner, before, number)).map(
          ([name, array]) => [prefix + name, array] as const,
        ),
      ),
    )
    return Object.fromEntries(collected)
  }

  return {
    outputShape(layer, input) {
      const [main, around] = branches.map(
        (branch) => placed(layer, branch, input).at(-1)?.after ?? input,
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
      collect(layer, input, (inner, before, number) =>
        parametersOf(rules(), inner, before, random.foldIn(key, number)),
      ),
    state: (layer, input) =>
      collect(layer, input, (inner, before) => stateOf(rules(), inner, before)),
    apply(layer, parameters, state, x, context) {
      const after: Record<string, Arrays[string]> = {}
      const input = x.shape.slice(1).map(Number)
      const [main, around] = branches.map((branch) =>
        placed(layer, branch, input).reduce((carried, { inner, prefix, number }) => {
          const key = context.key === undefined ? undefined : random.foldIn(context.key, number)
          const own = { ...context, key }
          const result = applied(
            rules(),
            inner,
            below(parameters, prefix),
            below(state, prefix),
            carried,
            own,
          )
          for (const [name, array] of Object.entries(result.state)) after[prefix + name] = array
          return result.output
        }, x),
      )
      return { output: main.add(around), state: after }
    },
  }
}

/** The arrays whose names begin with a prefix, by the rest of their names. */
function below(arrays: Arrays, prefix: string): Arrays {
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
