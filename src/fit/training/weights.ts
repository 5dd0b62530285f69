/** A network's arrays by name, on a device and outside any. */

import { type Array, np } from "../../array/index.ts"
import type { Variables } from "../../nn/index.ts"
import type { ArrayShape } from "../networks/batch-network.ts"
import type { Tensor } from "../safetensors.ts"

/** A network, as far as its arrays go. */
export interface Shaped {
  arrays(): readonly ArrayShape[]
}

/** Parameters and running moments outside any device: "parameters/layer/name", "state/layer/name". */
export type Weights = ReadonlyMap<string, Tensor>

/** The same on a device; any shape with the right number of elements will do. */
export type NamedArrays = { readonly [name: string]: Array }

/** A network's arrays under their full names. */
export function nameArrays({ parameters, state }: Variables): NamedArrays {
  const named: Record<string, Array> = {}
  for (const [group, layers] of Object.entries({ parameters, state })) {
    for (const [layer, arrays] of Object.entries(layers)) {
      for (const [name, array] of Object.entries(arrays)) named[`${group}/${layer}/${name}`] = array
    }
  }
  return named
}

/** Named arrays in the network's form, each in the shape that the network needs. */
export function nestArrays(network: Shaped, named: NamedArrays): Variables {
  const groups: Record<string, Record<string, Record<string, Array>>> = {
    parameters: {},
    state: {},
  }
  for (const { name: path, shape } of network.arrays()) {
    const [group, layer, name] = path.split("/")
    groups[group][layer] ??= {}
    groups[group][layer][name] = named[path].reshape(shape)
  }
  return { parameters: groups.parameters, state: groups.state }
}

/** A copy of named arrays outside the device; reading starts at once, in order with other work. */
export async function copyWeights(network: Shaped, named: NamedArrays): Promise<Weights> {
  const reads = network.arrays().map(async ({ name, shape }): Promise<[string, Tensor]> => {
    const array = named[name]
    return [name, { dtype: array.dtype, shape, data: await array.data() }]
  })
  return new Map(await Promise.all(reads))
}

/** Weights put on the device, flat. */
export function putWeights(weights: Weights): NamedArrays {
  return Object.fromEntries([...weights].map(([name, { data }]) => [name, np.array(data)]))
}

/** @throws RangeError naming the first array that the network needs and the weights lack. */
export function requireWeights(network: Shaped, weights: Weights): void {
  for (const { name, shape } of network.arrays()) {
    const found = weights.get(name)
    if (found === undefined) throw new RangeError(`the weights lack ${name}`)
    if (found.dtype !== "float32" || found.shape.join() !== shape.join()) {
      throw new RangeError(
        `${name} is ${found.dtype}[${found.shape.join(", ")}] in the weights, ` +
          `where the network needs float32[${shape.join(", ")}]`,
      )
    }
  }
}
