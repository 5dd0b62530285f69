import { describe, expect, test } from "vitest"
import { degreesFault, describeLayout, layoutFault, layoutOf } from "../../src/cluster/layout.ts"
import { preset } from "../../src/cluster/presets.ts"

const gpt3 = preset("gpt3-175b")
const fault = (request: Parameters<typeof layoutOf>[0], devices?: number) =>
  layoutFault(gpt3, layoutOf(request), devices)

describe("a layout that cannot be is refused in one sentence", () => {
  test.each([
    [{ globalBatch: 64, tensor: 7 }, /96 heads cannot be shared by 7/],
    [{ globalBatch: 970, pipeline: 97 }, /97 pipeline stages are more than the 96 layers/],
    [{ globalBatch: 10, data: 4 }, /10 samples does not divide into 4 replicas/],
    [{ globalBatch: 64, data: 0 }, /data is 0: it must be a whole number/],
    [{ globalBatch: 64, pipeline: 8, virtualStages: 13 }, /their product may be at most 96/],
    [{ globalBatch: 4, pipeline: 8, virtualStages: 2 }, /must be a multiple of the stages/],
    [{ globalBatch: 64, virtualStages: 2 }, /need a pipeline/],
    [{ globalBatch: 64, context: 3, data: 1 }, /cannot be cut into 3 balanced parts/],
    [{ globalBatch: 64, sequenceParallel: true }, /works within a tensor group/],
    [{ globalBatch: 64, expert: 2, data: 2 }, /has no experts/],
    [{ globalBatch: 64, zero: 1 }, /the data group, which has one device/],
    [{ globalBatch: 64, recomputeLayers: 97, recompute: "full" }, /from 0 to 96/],
    [{ globalBatch: 64, recomputeLayers: 3 }, /set recompute to full/],
    [{ globalBatch: 64, schedule: "interleaved" }, /interleaved needs more than 1/],
  ] as const)("%j", (request, message) => {
    expect(fault(request)).toMatch(message)
    expect(fault(request)?.split("\n")).toHaveLength(1)
  })

  test("a layout takes exactly the devices that there are", () => {
    const request = { globalBatch: 64, tensor: 8, pipeline: 4, data: 2 } as const
    expect(fault(request, 64)).toBeUndefined()
    expect(fault(request, 65)).toMatch(/are 64 devices, not 65/)
  })

  test("experts divide over the data group", () => {
    const deepseek = preset("deepseek-v3")
    const layout = layoutOf({ globalBatch: 64, data: 64, expert: 64 })
    expect(layoutFault(deepseek, layout)).toBeUndefined()
    expect(layoutFault(deepseek, { ...layout, expert: 3 })).toMatch(/256 experts/)
    expect(layoutFault(deepseek, { ...layout, data: 32, expert: 64 })).toMatch(/must divide/)
  })

  test("networks without heads keep to what they can be cut by", () => {
    const layout = layoutOf({ globalBatch: 128, tensor: 4 })
    expect(layoutFault(preset("alexnet"), layout)).toMatch(/over 2 devices, not 4/)
    const priced = {
      kind: "described",
      name: "traced",
      parameters: 1e6,
      flop: 1e9,
      activationBytes: 1e6,
    } as const
    expect(layoutFault(priced, layout)).toMatch(/known by its price alone/)
  })

  test("degrees are judged before the rest of a layout is known", () => {
    expect(degreesFault(gpt3, { tensor: 8, pipeline: 12 }, 1536)).toBeUndefined()
    expect(degreesFault(gpt3, { tensor: 5 }, 1024)).toMatch(/96 heads/)
    expect(degreesFault(gpt3, { tensor: 8, pipeline: 12 }, 1024)).toMatch(/96 devices together/)
  })
})

test("a layout is described by what differs from one device doing everything", () => {
  const layout = layoutOf({ globalBatch: 64, tensor: 8, sequenceParallel: true, data: 2, zero: 1 })
  expect(describeLayout(layout)).toBe(
    "tensor 8 + sequence, data 2, ZeRO 1, micro-batch 1, recompute none",
  )
})
