/** What only some adapters can: 16-bit numbers in shaders, and matrices that subgroups multiply. */

import type { GroupTarget, MatrixShape } from "../../schedule/index.ts"
import { usage } from "./adapter.ts"
import { Downloads } from "./downloads.ts"

export type Abilities = Pick<GroupTarget, "halves" | "matrices">

const wanted: ReadonlySet<string> = new Set([
  "subgroups",
  "shader-f16",
  "chromium-experimental-subgroup-matrix",
])

/** The features that programs make use of, of those that an adapter has. */
export function featuresOf({ features }: GPUAdapter): GPUFeatureName[] {
  const isWanted = (name: string): name is GPUFeatureName => wanted.has(name)
  return [...features].filter(isWanted)
}

/** The abilities of a device that was opened with them. */
export async function abilitiesOf(
  device: GPUDevice,
  info: GPUAdapterInfo,
  language: ReadonlySet<string>,
): Promise<Abilities> {
  const features: ReadonlySet<string> = device.features
  const halves = features.has("shader-f16") && (await keepsHalves(device))
  const multiplies = features.has("chromium-experimental-subgroup-matrix")
  const numbersSubgroups = features.has("subgroups") && language.has("subgroup_id")
  return { halves, matrices: multiplies && numbersSubgroups ? matricesOf(info) : undefined }
}

/** What an adapter says of the sizes of its subgroups. */
type SubgroupInfo = Pick<GPUAdapterInfo, "subgroupMinSize" | "subgroupMaxSize">

/** The matrices that an adapter tells of, the most products first. */
export function matricesOf(info: SubgroupInfo): GroupTarget["matrices"] {
  const { subgroupMinSize: subgroup, subgroupMaxSize } = info
  // Where subgroups may have several sizes, a shader cannot share its work out over them.
  if (subgroup === undefined || subgroup !== subgroupMaxSize) return undefined
  if (!("subgroupMatrixConfigs" in info)) return undefined
  const configurations: unknown = info.subgroupMatrixConfigs
  if (!Array.isArray(configurations)) return undefined
  const shapes = configurations.flatMap(shapesOf)
  const products = ({ m, n, k }: MatrixShape): number => m * n * k
  shapes.sort((a, b) => products(b) - products(a))
  return shapes.length === 0 ? undefined : { subgroup, shapes }
}

/** The shape that a configuration of Dawn's describes, if its sums are float32. */
function shapesOf(configuration: unknown): readonly MatrixShape[] {
  if (typeof configuration !== "object" || configuration === null) return []
  if (!("M" in configuration && "N" in configuration && "K" in configuration)) return []
  if (!("componentType" in configuration && "resultComponentType" in configuration)) return []
  const { M: m, N: n, K: k, componentType: component, resultComponentType: sums } = configuration
  if (typeof m !== "number" || typeof n !== "number" || typeof k !== "number") return []
  return sums === "f32" && (component === "f16" || component === "f32")
    ? [{ m, n, k, component }]
    : []
}

const finiteHalves = 0x7c00

/** Each number goes through 16 bits, in memory that the workgroup shares. */
const halvesText = `
enable f16;
@group(0) @binding(0) var<storage, read> numbers: array<u32>;
@group(0) @binding(1) var<storage, read_write> changed: atomic<u32>;
var<workgroup> held: array<f16, 64>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_index) lane: u32) {
  held[lane] = f16(bitcast<f32>(numbers[id.x]));
  workgroupBarrier();
  if (bitcast<u32>(f32(held[lane])) != numbers[id.x]) { atomicAdd(&changed, 1u); }
}
`

/** The number of a finite float16 with no sign. */
function halfOf(bits: number): number {
  const [exponent, mantissa] = [bits >> 10, bits & 0x3ff]
  return exponent === 0 ? mantissa * 2 ** -24 : (1 + mantissa / 1024) * 2 ** (exponent - 15)
}

/** Whether every float16 keeps its value in 16 bits: WGSL lets hardware take the smallest for 0. */
async function keepsHalves(device: GPUDevice): Promise<boolean> {
  const data = Float32Array.from({ length: finiteHalves }, (_, bits) => halfOf(bits))
  const numbers = device.createBuffer({
    size: data.byteLength,
    usage: usage.storage | usage.copyTarget,
  })
  const changed = device.createBuffer({ size: 4, usage: usage.storage | usage.copySource })
  device.queue.writeBuffer(numbers, 0, data)
  const pipeline = await device.createComputePipelineAsync({
    layout: "auto",
    compute: { module: device.createShaderModule({ code: halvesText }), entryPoint: "main" },
  })
  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  pass.setPipeline(pipeline)
  const entries = [numbers, changed].map((buffer, binding) => ({ binding, resource: { buffer } }))
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }))
  pass.dispatchWorkgroups(finiteHalves / 64)
  pass.end()
  device.queue.submit([encoder.finish()])
  const [count] = new Uint32Array(await new Downloads(device).read(changed, 4))
  numbers.destroy()
  changed.destroy()
  return count === 0
}
