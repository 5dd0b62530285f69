import { afterAll, expect, test } from "vitest"
import { emitWgsl } from "../../../src/emit/index.ts"
import { type Graph, GraphBuilder, operations as op } from "../../../src/graph/index.ts"
import { type GroupTarget, type MatrixShape, schedule } from "../../../src/schedule/index.ts"

const target: GroupTarget = {
  invocations: 256,
  sharedBytes: 32768,
  storageBuffers: 8,
  alignment: 256,
  segmentBytes: 2 ** 30,
  subgroups: true,
}

/** Held as long as its device is: Dawn's devices do not outlive it. */
let instance: GPU | undefined

/** Dawn's device that runs nothing, but knows all extensions and refuses what is wrong. */
async function validator(): Promise<GPUDevice> {
  const { create } = await import("webgpu")
  instance = create(["backend=null", "enable-dawn-features=allow_unsafe_apis"])
  const adapter = await instance.requestAdapter()
  if (adapter === null) throw new Error("Dawn was built without its null backend")
  const wanted: ReadonlySet<string> = new Set([
    "subgroups",
    "shader-f16",
    "chromium-experimental-subgroup-matrix",
  ])
  const isWanted = (name: string): name is GPUFeatureName => wanted.has(name)
  return adapter.requestDevice({ requiredFeatures: [...adapter.features].filter(isWanted) })
}

const device = await validator()
afterAll(() => {
  device.destroy()
  instance = undefined
})

/** What is wrong with a shader as a module, or as a pipeline. */
async function complaints(code: string): Promise<readonly (string | undefined)[]> {
  device.pushErrorScope("validation")
  const module = device.createShaderModule({ code })
  const ofModule = await device.popErrorScope()
  device.pushErrorScope("validation")
  device.createComputePipeline({ layout: "auto", compute: { module, entryPoint: "main" } })
  const ofPipeline = await device.popErrorScope()
  return [ofModule?.message, ofPipeline?.message]
}

/** x·y + 1, in the operands' dtype. */
function product(m: number, k: number, n: number, dtype: "float16" | "float32"): Graph {
  const b = new GraphBuilder()
  const [x, y] = [
    [m, k],
    [k, n],
  ].map((shape) => b.input({ shape, dtype }))
  const xy = b.emit("dot", [x, y], { contract: [[1], [0]], batch: [[], []] })
  return b.build([op.add(b, xy, 1)])
}

function shaderOf(graph: Graph, more: Partial<GroupTarget>, precision?: "bfloat16"): string {
  const own = { ...target, ...more }
  const program = schedule(graph, { target: own, threads: 2 ** 18, precision })
  return [...emitWgsl(program, own).shaders.values()].flat().at(-1)?.code ?? ""
}

const shapes: readonly MatrixShape[] = [
  { m: 16, n: 16, k: 16, component: "f16" },
  { m: 8, n: 8, k: 8, component: "f32" },
]
const matrices = { subgroup: 32, shapes }
const sizes = [
  [4096, 4096, 4096],
  [1000, 300, 700],
  [40, 24, 40],
] as const

test("float16 operands lie in shared memory in 16 bits where shaders have them", async () => {
  for (const [m, k, n] of sizes) {
    const code = shaderOf(product(m, k, n, "float16"), { halves: true })
    expect(code).toMatch(/^enable f16;/)
    expect(code).toMatch(/var<workgroup> shared0: array<vec[24]<f16>, \d+>;/)
    expect(await complaints(code)).toEqual([undefined, undefined])
  }
  expect(shaderOf(product(1000, 300, 700, "float32"), { halves: true })).not.toContain("f16>")
})

test("float16 operands are multiplied in subgroup matrices where those fit", async () => {
  const code = shaderOf(product(1000, 300, 700, "float16"), { halves: true, matrices })
  const [start, end] = [
    code.indexOf("        for (var k1"),
    code.indexOf("      workgroupBarrier()"),
  ]
  expect(code.slice(start, end)).toMatchInlineSnapshot(`
    "        for (var k1 = 0i; k1 < 16i; k1 += 16i) {
              let matrix0 = subgroupMatrixLoad<subgroup_matrix_left<f16, 16, 16>, col_major>(&shared0, k1 * 36i + i12 + 0i, 36i);
              let matrix1 = subgroupMatrixLoad<subgroup_matrix_right<f16, 16, 16>, row_major>(&shared1, k1 * 32i + i13 + 0i, 32i);
              let matrix2 = subgroupMatrixLoad<subgroup_matrix_right<f16, 16, 16>, row_major>(&shared1, k1 * 32i + i13 + 16i, 32i);
              sum_0_0 = subgroupMatrixMultiplyAccumulate(matrix0, matrix1, sum_0_0);
              sum_0_1 = subgroupMatrixMultiplyAccumulate(matrix0, matrix2, sum_0_1);
            }
          }
    "
  `)
  for (const [m, k, n] of sizes.slice(0, 2)) {
    const [ofModule] = await complaints(
      shaderOf(product(m, k, n, "float16"), { halves: true, matrices }),
    )
    expect(ofModule).toBeUndefined()
  }
})

test("operands rounded to bfloat16 take matrices of f32, for f16 has not their range", async () => {
  const graph = product(1000, 300, 700, "float32")
  const code = shaderOf(graph, { halves: true, matrices }, "bfloat16")
  expect(code).toContain("subgroup_matrix_left<f32, 8, 8>")
  expect((await complaints(code))[0]).toBeUndefined()
  const halvesOnly = { subgroup: 32, shapes: shapes.slice(0, 1) }
  const plain = shaderOf(graph, { halves: true, matrices: halvesOnly }, "bfloat16")
  expect(plain).not.toContain("subgroup_matrix")
  // Unless asked for, float32 is never multiplied otherwise.
  expect(shaderOf(graph, { halves: true, matrices })).not.toContain("subgroup_matrix")
})
