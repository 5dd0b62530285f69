import { expect, test } from "vitest"
import { cTarget } from "../../src/emit/index.ts"
import { planStages } from "../../src/emit/stages.ts"
import { GraphBuilder, type ParamsOf } from "../../src/graph/index.ts"
import { type Kernel, kernelsOf, type Program, schedule } from "../../src/schedule/index.ts"
import { channelsLast } from "../device/contractions.ts"

const target = cTarget({ lanes: 16, registers: 32 })

function programOf(
  image: readonly number[],
  kernel: readonly number[],
  params: Partial<ParamsOf["convolve"]>,
): Program {
  const b = new GraphBuilder()
  const images = b.input({ shape: image, dtype: "float32" })
  const kernels = b.input({ shape: kernel, dtype: "float32" })
  const result = b.emit("convolve", [images, kernels], { ...channelsLast, ...params })
  return schedule(b.build([result]), { target, threads: 2 })
}

const gradient = { lhs: [3, 0, 1, 2], rhs: [3, 0, 1, 2], out: [2, 3, 0, 1] } as const

const totalsOf = (program: Program): number =>
  kernelsOf(program.steps).reduce(
    (most, kernel) => Math.max(most, kernel.kind === "loop" ? kernel.accumulators.length : 0),
    0,
  )

test("threads do not meet between the phases of a convolution of a spread input", () => {
  const program = programOf([16, 14, 14, 32], [3, 3, 32, 64], {
    lhsDilation: [2, 2],
    padding: [
      [1, 2],
      [1, 2],
    ],
  })
  const groups = planStages(program).stages.flatMap((stage) =>
    stage.kind === "group" ? [stage] : [],
  )
  const isProduct = (kernel: Kernel): boolean => kernel.kind === "contraction"
  expect(kernelsOf(program.steps).filter(isProduct)).toHaveLength(4)
  // They meet once, behind the kernels that pack columns.
  expect(groups.filter(({ barrier }) => barrier)).toHaveLength(1)
})

test("the gradient of a depthwise kernel keeps a total for each tap, of one image too", () => {
  for (const images of [1, 16]) {
    const shape = [images, 14, 14, 48]
    expect(totalsOf(programOf(shape, shape, { ...gradient, batchGroups: 48 }))).toBe(9)
  }
})

test("a depthwise convolution keeps one total for each output", () => {
  expect(totalsOf(programOf([16, 14, 14, 48], [3, 3, 1, 48], { featureGroups: 48 }))).toBe(1)
})

test("the gradient of a kernel on three channels reads whole images from boxes, in runs of a line", () => {
  const params = { ...gradient, rhsDilation: [2, 2] }
  const program = programOf([16, 112, 112, 3], [16, 56, 56, 64], params)
  const [kernel] = kernelsOf(program.steps)
  if (kernel.kind !== "contraction") throw new Error("the gradient is a contraction")
  expect(kernel.window?.over).toBe("depth")
  expect(kernel.batch.map(({ extent }) => extent)).toEqual([16])
})
