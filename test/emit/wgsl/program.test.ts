import { expect, test } from "vitest"
import { emitWgsl } from "../../../src/emit/index.ts"
import {
  type Graph,
  GraphBuilder,
  operations as op,
  type Variable,
} from "../../../src/graph/index.ts"
import { type GroupTarget, schedule } from "../../../src/schedule/index.ts"

const target: GroupTarget = {
  invocations: 256,
  sharedBytes: 32768,
  storageBuffers: 8,
  elementBytes: () => 4,
  alignment: 256,
  segmentBytes: 2 ** 30,
}

function graphOf(
  shapes: readonly (readonly number[])[],
  body: (b: GraphBuilder, x: Variable[]) => Variable,
): Graph {
  const b = new GraphBuilder()
  const inputs = shapes.map((shape) => b.input({ shape, dtype: "float32" }))
  return b.build([body(b, inputs)])
}

/** The code of every shader of a graph, without the library's functions. */
function shadersOf(graph: Graph): readonly string[] {
  const { shaders } = emitWgsl(schedule(graph, { target, threads: 2 ** 18 }), target)
  return [...shaders.values()]
    .flat()
    .map(({ code }) => code.replace(/^(fn|var<private>) maths_[\s\S]*?(?=^fn kernel)/m, ""))
}

test("an elementwise kernel has an invocation for each element", () => {
  const graph = graphOf([[1000], [1000]], (b, [x, y]) => op.add(b, op.multiply(b, x, y), x))
  expect(shadersOf(graph).join("\n")).toMatchInlineSnapshot(`
    "@group(0) @binding(0) var<storage, read> m0: array<u32>;
    @group(0) @binding(1) var<storage, read> m1: array<u32>;
    @group(0) @binding(2) var<storage, read_write> m2: array<u32>;
    fn kernel(group: u32, groups: u32, lane: u32) {
      for (var piece = group * 64u + lane; piece < 1000u; piece += groups * 64u) {
        let i0 = i32(piece);
        let v0 = bitcast<f32>(m0[i0]);
        let v1 = bitcast<f32>(m1[i0]);
        let v2 = v0 * v1;
        let v3 = v2 + v0;
        m2[i0] = bitcast<u32>(v3);
      }
    }
    @compute @workgroup_size(64)
    fn main(
      @builtin(workgroup_id) group: vec3u,
      @builtin(num_workgroups) groups: vec3u,
      @builtin(local_invocation_index) lane: u32,
    ) {
      kernel(group.x, groups.x, lane);
    }
    "
  `)
})

test("a long sum is taken by workgroups, each a tree in shared memory, and then together", () => {
  const shaders = shadersOf(graphOf([[2 ** 16]], (b, [x]) => op.reduceSum(b, x, [0])))
  expect(shaders).toHaveLength(2)
  expect(shaders[0]).toMatchInlineSnapshot(`
    "@group(0) @binding(0) var<storage, read> m0: array<u32>;
    @group(0) @binding(1) var<storage, read_write> m1: array<u32>;
    var<workgroup> shared0: array<f32, 256>;
    fn kernel(group: u32, groups: u32, lane: u32) {
      for (var piece = group; piece < 16u; piece += groups) {
        let i0 = i32(piece);
        var sum0 = 0f;
        let i1 = min(4096i, 65536i - i0 * 4096i);
        for (var r0 = i32(lane); r0 < i1; r0 += 256i) {
          let i2 = 4096i * i0 + r0;
          let v0 = bitcast<f32>(m0[i2]);
          sum0 = (sum0 + v0);
        }
        shared0[lane] = sum0;
        workgroupBarrier();
        for (var d0 = 128u; d0 > 0u; d0 = d0 / 2u) {
          if (lane < d0) {
            shared0[lane] = (shared0[lane] + shared0[lane + d0]);
          }
          workgroupBarrier();
        }
        sum0 = shared0[0];
        workgroupBarrier();
        let t0 = sum0;
        if (lane == 0u) {
          m1[i0] = bitcast<u32>(t0);
        }
      }
    }
    @compute @workgroup_size(256)
    fn main(
      @builtin(workgroup_id) group: vec3u,
      @builtin(num_workgroups) groups: vec3u,
      @builtin(local_invocation_index) lane: u32,
    ) {
      kernel(group.x, groups.x, lane);
    }
    "
  `)
})

test("a kernel inside a loop is told the counter as digits", () => {
  const body = graphOf([[], []], (b, [carry, row]) => op.add(b, carry, row))
  const graph = graphOf([[], [5000]], (b, [start, rows]) => {
    const params = { body, length: 5000, consts: 0, carries: 1, reverse: false }
    return b.emitAll("loop", [start, rows], params)[0]
  })
  expect(shadersOf(graph).at(-1)).toMatchInlineSnapshot(`
    "@group(0) @binding(0) var<storage, read_write> m0: array<u32>;
    @group(0) @binding(1) var<storage, read> m1: array<u32>;
    @group(1) @binding(0) var<uniform> p0_0: u32;
    @group(1) @binding(1) var<uniform> p0_1: u32;
    fn kernel(group: u32, groups: u32, lane: u32) {
      for (var piece = group * 64u + lane; piece < 1u; piece += groups * 64u) {
        let v0 = bitcast<f32>(m0[0i]);
        let v1 = bitcast<f32>(m1[i32((p0_0 + 1024u * p0_1))]);
        let v2 = v0 + v1;
        m0[0i] = bitcast<u32>(v2);
      }
    }
    @compute @workgroup_size(64)
    fn main(
      @builtin(workgroup_id) group: vec3u,
      @builtin(num_workgroups) groups: vec3u,
      @builtin(local_invocation_index) lane: u32,
    ) {
      kernel(group.x, groups.x, lane);
    }
    "
  `)
})

test("a matrix product is tiled through shared memory and registers", () => {
  const product = { contract: [[1], [0]], batch: [[], []] } as const
  const graph = graphOf(
    [
      [40, 24],
      [24, 40],
    ],
    (b, [x, y]) => b.emit("dot", [x, y], product),
  )
  const [code] = shadersOf(graph)
  expect(
    code
      .split("\n")
      .filter((line) => !/^ {6,}/.test(line))
      .join("\n"),
  ).toMatchInlineSnapshot(`
    "@group(0) @binding(0) var<storage, read> m0: array<u32>;
    @group(0) @binding(1) var<storage, read> m1: array<u32>;
    @group(0) @binding(2) var<storage, read_write> m2: array<u32>;
    var<workgroup> shared0: array<f32, 256>;
    var<workgroup> shared1: array<f32, 256>;
    fn kernel(group: u32, groups: u32, lane: u32) {
      let i0 = i32(lane) / 8i;
      let i1 = i32(lane) % 8i;
      for (var piece = group; piece < 9u; piece += groups) {
        let i2 = i32(piece);
        let i3 = i2 % 3i * 16i;
        let i4 = i2 / 3i % 3i * 16i;
        var sum_0_0 = 0f;
        var sum_0_1 = 0f;
        var sum_1_0 = 0f;
        var sum_1_1 = 0f;
        for (var k0 = 0i; k0 < 24i; k0 += 16i) {
        }
        let i19 = i4 + i0 + 0i;
        if (i19 < 40i) {
        }
        let i27 = i4 + i0 + 8i;
        if (i27 < 40i) {
        }
      }
    }
    @compute @workgroup_size(64)
    fn main(
      @builtin(workgroup_id) group: vec3u,
      @builtin(num_workgroups) groups: vec3u,
      @builtin(local_invocation_index) lane: u32,
    ) {
      kernel(group.x, groups.x, lane);
    }
    "
  `)
  expect(code).toContain("sum_1_1 = fma(")
})
