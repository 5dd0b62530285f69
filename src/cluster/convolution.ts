import type { Convolutional, ConvolutionalLayer } from "./network.ts"

/** One layer of a convolutional network with its sizes worked out; counts are for one image. */
export type LayerCount = {
  readonly name: string
  readonly type: "convolution" | "dense" | "pool"
  readonly parameters: number
  /** Multiply–adds of the forward pass. */
  readonly multiplyAdds: number
  /** Elements of the result. */
  readonly outputs: number
  /** The product that a group's outputs are: rows × columns over inner, `groups` times. */
  readonly rows: number
  readonly columns: number
  readonly inner: number
  readonly groups: number
}

type Plane = { channels: number; height: number; width: number }

function windowed(name: string, side: number, kernel: number, stride: number, padding: number) {
  const out = Math.floor((side + 2 * padding - kernel) / stride) + 1
  if (out < 1)
    throw new Error(
      `layer ${name} has a window of ${kernel} on a side of ${side}: the window must fit`,
    )
  return out
}

function walk(layers: readonly ConvolutionalLayer[], from: Plane, counts: LayerCount[]): Plane {
  let plane = from
  for (const layer of layers) {
    switch (layer.type) {
      case "convolution": {
        const { name, channels, kernel, stride = 1, padding = 0, groups = 1 } = layer
        if (plane.channels % groups !== 0 || channels % groups !== 0)
          throw new Error(
            `layer ${name} splits ${plane.channels} to ${channels} channels into ${groups} groups: both must divide`,
          )
        const height = windowed(name, plane.height, kernel, stride, padding)
        const width = windowed(name, plane.width, kernel, stride, padding)
        const inner = (plane.channels / groups) * kernel ** 2
        const norms = layer.norm ? 2 * channels : 0
        counts.push({
          name,
          type: "convolution",
          parameters: channels * inner + (layer.bias === false ? 0 : channels) + norms,
          multiplyAdds: channels * height * width * inner,
          outputs: channels * height * width,
          rows: height * width,
          columns: channels / groups,
          inner,
          groups,
        })
        plane = { channels, height, width }
        break
      }
      case "pool": {
        const all = layer.kernel === "all"
        const kernel = layer.kernel === "all" ? plane.height : layer.kernel
        const { name, stride = kernel, padding = 0 } = layer
        const height = all ? 1 : windowed(name, plane.height, kernel, stride, padding)
        const width = all ? 1 : windowed(name, plane.width, kernel, stride, padding)
        plane = { channels: plane.channels, height, width }
        const outputs = plane.channels * height * width
        const none = { parameters: 0, multiplyAdds: 0, rows: 0, columns: 0, inner: 0, groups: 1 }
        counts.push({ name, type: "pool", outputs, ...none })
        break
      }
      case "dense": {
        const inputs = plane.channels * plane.height * plane.width
        counts.push({
          name: layer.name,
          type: "dense",
          parameters: inputs * layer.width + (layer.bias === false ? 0 : layer.width),
          multiplyAdds: inputs * layer.width,
          outputs: layer.width,
          rows: 1,
          columns: layer.width,
          inner: inputs,
          groups: 1,
        })
        plane = { channels: layer.width, height: 1, width: 1 }
        break
      }
      case "residual": {
        const end = walk(layer.body, plane, counts)
        if (layer.shortcut !== undefined) walk(layer.shortcut, plane, counts)
        plane = end
        break
      }
    }
  }
  return plane
}

/**
 * Every layer with its sizes. A convolution is Co·Ho·Wo·(Ci/groups)·k² multiply–adds.
 * Throws where a window does not fit its plane or groups do not divide channels.
 */
export function convolutionalLayers(network: Convolutional): readonly LayerCount[] {
  const counts: LayerCount[] = []
  walk(network.layers, { ...network.input }, counts)
  return counts
}

/** Bytes that the forward pass keeps for one image: every layer's result. */
export function convolutionalActivations(network: Convolutional, bytesPerElement: number): number {
  const { channels, height, width } = network.input
  const results = convolutionalLayers(network).reduce((sum, layer) => sum + layer.outputs, 0)
  return (results + channels * height * width) * bytesPerElement
}

/**
 * Elements that cross between two devices for one image in AlexNet's split: each device holds half
 * of every layer's channels; a grouped convolution reads its own half, any other convolution and
 * every dense layer reads the half that the other device made, and the backward pass sends as much
 * again.
 */
export function twoDeviceSplitTraffic(network: Convolutional): number {
  let crossing = 0
  let before: LayerCount | undefined
  for (const layer of convolutionalLayers(network)) {
    const readsAll = layer.type === "dense" || (layer.type === "convolution" && layer.groups === 1)
    if (before !== undefined && readsAll) crossing += 2 * before.outputs
    before = layer
  }
  return crossing
}
