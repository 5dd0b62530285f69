/** Weights that PyTorch trained, brought into the layouts of layers. */

import type { Array } from "../array/index.ts"
import type { Layer } from "./layer.ts"
import { layerRules } from "./layer-rules.ts"
import { placedLayers } from "./layers/residual.ts"
import type { Network, Variables } from "./network.ts"

/** A layer with arrays, and where they belong. */
interface Slot {
  /** The network's layer. */
  readonly name: string
  /** What stands before the arrays' names, inside a residual layer. */
  readonly prefix: string
  readonly layer: Layer
  /** Shape of one example before it. */
  readonly before: readonly number[]
  /** Shape of the image that was flattened to what comes before it. */
  readonly flattened: readonly number[] | undefined
}

/** A module of PyTorch: its arrays by the last part of their names. */
type Module = { readonly [name: string]: Array }

/** A layer's arrays, made of a module's. */
interface Found {
  readonly parameters: { readonly [name: string]: Array }
  readonly state?: { readonly [name: string]: Array }
}

const inOrder = new Intl.Collator("en", { numeric: true })

/**
 * The variables of a network from the arrays of a PyTorch module (its `state_dict`, for example
 * out of a safetensors file). Each layer takes the first module that is left and of its shape, in
 * the order of names with their numbers counted: so networks of the same layers in the same order fit,
 * whatever their modules are called. Kernels are turned from [out, in, height, width] and
 * [out, in]; the dense layer behind a flattened image takes its rows in this library's order.
 * Known are convolution, dense, batchNorm, layerNorm and embedding, also inside residual. A module with
 * arrays of other names or shapes fits no layer.
 * torchvision's weights fit `presets.resnet18` and `resnet34`.
 * @throws RangeError naming the first layer for which there is no module, or the modules left over.
 * @example
 * const network = new Network([2], [dense(3)])
 * const weight = np.array([[1, 2], [3, 4], [5, 6]])
 * const variables = importTorch(network, { "fc.weight": weight, "fc.bias": np.array([0, 0, 1]) })
 * network.apply(variables, np.array([[1, 1]])).output // → [[3, 7, 12]]
 */
export function importTorch(
  network: Network,
  arrays: { readonly [name: string]: Array },
): Variables {
  const left = modulesOf(arrays)
  const parameters: Record<string, Record<string, Array>> = {}
  const state: Record<string, Record<string, Array>> = {}
  for (const slot of slotsOf(network)) {
    const { name, prefix, before } = slot
    const found = take(left, (module) => convert(slot, module))
    if (found === undefined) {
      const place = prefix === "" ? name : `${name}, ${prefix.slice(0, -1)}`
      throw new RangeError(
        `importTorch: no module that is left fits layer ${place} on [${before.join(", ")}]: ` +
          `left are ${listed(left)}`,
      )
    }
    for (const [into, group] of [
      [parameters, found.parameters],
      [state, found.state ?? {}],
    ] as const) {
      for (const [own, array] of Object.entries(group)) {
        into[name] ??= {}
        into[name][prefix + own] = array
      }
    }
  }
  if (left.size > 0) {
    throw new RangeError(`importTorch: the network has no layer for ${listed(left)}`)
  }
  return { parameters, state }
}

/** Modules by their names, in order; what only training counts is left out. */
function modulesOf(arrays: { readonly [name: string]: Array }): Map<string, Module> {
  const modules = new Map<string, Record<string, Array>>()
  for (const path of Object.keys(arrays).sort(inOrder.compare)) {
    const end = path.lastIndexOf(".")
    const own = path.slice(end + 1)
    if (own === "num_batches_tracked") continue
    const name = path.slice(0, Math.max(0, end))
    const module = modules.get(name) ?? {}
    module[own] = arrays[path].astype("float32")
    modules.set(name, module)
  }
  return modules
}

/** The layers that hold arrays, in the order in which they run. */
function slotsOf(network: Network): readonly Slot[] {
  const slots: Slot[] = []
  let shape = network.input
  let flattened: readonly number[] | undefined
  const add = (name: string, prefix: string, layer: Layer, before: readonly number[]): void => {
    if (layer.kind === "residual") {
      for (const placed of placedLayers(layerRules, layer, before)) {
        add(name, prefix + placed.prefix, placed.inner, placed.before)
      }
    } else if (!without.has(layer.kind)) {
      slots.push({ name, prefix, layer, before, flattened })
      flattened = undefined
    } else if (layer.kind === "flatten") {
      flattened = before
    }
  }
  for (const { name, layer, output } of network.summary) {
    add(name, "", layer, shape)
    shape = output
  }
  return slots
}

/** Kinds of layers that hold no arrays. */
const without: ReadonlySet<Layer["kind"]> = new Set<Layer["kind"]>([
  "activation",
  "averagePool",
  "dropout",
  "flatten",
  "globalAveragePool",
  "localResponseNorm",
  "maxPool",
  "unembedding",
])

/** A layer's arrays made of a module's; undefined where the module is none of its kind and shape. */
function convert({ layer, before, flattened }: Slot, module: Module): Found | undefined {
  const channels = before[before.length - 1]
  const { weight, bias, running_mean: mean, running_var: variance, ...others } = module
  if (weight === undefined || Object.keys(others).length > 0) return undefined
  const is = (...shape: readonly number[]): boolean => {
    const features = shape[0]
    const own = [bias, mean, variance].filter((array) => array !== undefined)
    return (
      weight.shape.join() === shape.join() &&
      own.every((array) => array.shape.join() === `${features}`)
    )
  }
  switch (layer.kind) {
    case "convolution": {
      const { features, groups, kernel } = layer
      if (!is(features, channels / groups, ...kernel) || layer.bias !== hasBias(module)) return
      return { parameters: withBias({ kernel: weight.transpose([2, 3, 1, 0]) }, bias) }
    }
    case "dense": {
      if (!is(layer.features, channels) || layer.bias !== hasBias(module)) return
      const [height, width, depth] = flattened?.length === 3 ? flattened : [1, 1, channels]
      const kernel = weight
        .reshape([layer.features, depth, height, width])
        .transpose([2, 3, 1, 0])
        .reshape([channels, layer.features])
      return { parameters: withBias({ kernel }, bias) }
    }
    case "batchNorm":
      if (!is(channels) || bias === undefined || mean === undefined || variance === undefined)
        return
      return { parameters: { scale: weight, shift: bias }, state: { mean, variance } }
    case "layerNorm":
      if (!is(channels) || mean !== undefined || layer.bias !== hasBias(module)) return
      return { parameters: layer.bias ? { scale: weight, shift: bias } : { scale: weight } }
    case "embedding":
      return is(layer.vocabulary, layer.features) ? { parameters: { table: weight } } : undefined
    default:
      return undefined
  }
}

function hasBias(module: Module): boolean {
  return module.bias !== undefined
}

function withBias(arrays: { readonly kernel: Array }, bias: Array | undefined) {
  return bias === undefined ? arrays : { ...arrays, bias }
}

/** Takes the first module that something can be made of. */
function take<T>(left: Map<string, Module>, make: (module: Module) => T | undefined) {
  for (const [name, module] of left) {
    const made = make(module)
    if (made === undefined) continue
    left.delete(name)
    return made
  }
  return undefined
}

function listed(left: ReadonlyMap<string, Module>): string {
  const names = [...left].map(([name, { weight, ...others }]) => {
    const size = ({ shape }: Array): string => `[${shape.join(", ")}]`
    const beside = Object.entries(others).map(([own, array]) => `${own} ${size(array)}`)
    const shown = weight === undefined ? name : `${name} ${size(weight)}`
    return beside.length === 0 ? shown : `${shown} with ${beside.join(" and ")}`
  })
  const shown = names.slice(0, 5).join(", ")
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown || "none"
}
