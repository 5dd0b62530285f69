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
function shadersOf(graph: Graph, more: Partial<GroupTarget> = {}): readonly string[] {
  const own = { ...target, ...more }
  const { shaders } = emitWgsl(schedule(graph, { target: own, threads: 2 ** 18 }), own)
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

test("an invocation makes a whole word of narrow elements", () => {
  const b = new GraphBuilder()
  const x = b.input({ shape: [1001], dtype: "float16" })
  const [code] = shadersOf(b.build([op.negate(b, x)]))
  expect(code.slice(code.indexOf("fn kernel"), code.indexOf("@compute"))).toMatchInlineSnapshot(`
    "fn kernel(group: u32, groups: u32, lane: u32) {
      for (var piece = group * 64u + lane; piece < 501u; piece += groups * 64u) {
        var word0 = 0u;
        for (var number = 2u * piece; number < min(2u * piece + 2u, 1001u); number++) {
          let i0 = i32(number);
          let v0 = maths_fromHalfBits((m0[(i0 >> 1u)] >> ((u32(i0) & 1u) * 16u)));
          let v1 = v0;
          let v2 = maths_negate(v1);
          let v3 = maths_toHalf(v2);
          word0 = word0 | (maths_halfBits(v3) << ((u32(i0) & 1u) * 16u));
          if ((i0 & 1i) == 1i || number + 1u == 1001u) {
            m1[(i0 >> 1u)] = word0;
            word0 = 0u;
          }
        }
      }
    }
    "
  `)
})

test("of a word that many write, an invocation changes its own bits alone", () => {
  const b = new GraphBuilder()
  const x = b.input({ shape: [1001], dtype: "uint8" })
  const y = b.input({ shape: [5], dtype: "uint8" })
  const graph = b.build([b.emit("concatenate", [y, x], { axis: 0 })])
  const code = shadersOf(graph).at(-1) ?? ""
  expect(code.slice(code.indexOf("fn kernel"), code.indexOf("@compute"))).toMatchInlineSnapshot(`
    "fn kernel(group: u32, groups: u32, lane: u32) {
      for (var piece = group * 64u + lane; piece < 1001u; piece += groups * 64u) {
        let i0 = i32(piece);
        let v0 = ((m1[(i0 >> 2u)] >> ((u32(i0) & 3u) * 8u)) & 0xffu);
        let i1 = i0 + 5i;
        let w0 = (i1 >> 2u);
        let s0 = ((u32(i1) & 3u) * 8u);
        atomicXor(&m0[w0], (((atomicLoad(&m0[w0]) >> s0) ^ v0) & 0xffu) << s0);
      }
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

test("where there are subgroups, the last levels of a tree need no barrier", () => {
  const graph = graphOf([[2 ** 11]], (b, [x]) => op.reduceSum(b, x, [0]))
  const [code] = shadersOf(graph, { subgroups: true })
  expect(code.slice(code.indexOf("        shared0[lane]"))).toMatchInlineSnapshot(`
    "        shared0[lane] = (shared0[lane] + shared0[lane + d0]);
          }
          workgroupBarrier();
        }
        sum0 = shared0[min(place, 255u)];
        for (var d1 = min(size, 256u) / 2u; d1 > 0u; d1 = d1 / 2u) {
          let v1 = subgroupShuffleDown(sum0, d1);
          sum0 = (sum0 + v1);
        }
        sum0 = subgroupBroadcastFirst(sum0);
        workgroupBarrier();
        let t0 = sum0;
        if (lane == 0u) {
          m1[0i] = bitcast<u32>(t0);
        }
      }
    }
    @compute @workgroup_size(256)
    fn main(
      @builtin(workgroup_id) group: vec3u,
      @builtin(num_workgroups) groups: vec3u,
      @builtin(local_invocation_index) lane: u32,
      @builtin(subgroup_size) size: u32,
      @builtin(subgroup_invocation_id) place: u32,
    ) {
      kernel(group.x, groups.x, lane, size, place);
    }
    "
  `)
})

test("a long running sum is one of chunks, one of what they come to, and one within each", () => {
  const graph = graphOf([[2 ** 15]], (b, [x]) =>
    b.emit("cumulativeSum", [x], { axis: 0, reverse: false }),
  )
  const shaders = shadersOf(graph, { subgroups: true })
  expect(shaders).toHaveLength(3)
  expect(shaders[1]).toMatchInlineSnapshot(`
    "@group(0) @binding(0) var<storage, read_write> m0: array<u32>;
    fn kernel(group: u32, groups: u32, lane: u32) {
      for (var row = group * 64u + lane; row < 1u; row += groups * 64u) {
        var sum0 = 0f;
        for (var r0 = 0u; r0 < 8u; r0++) {
          let v0 = bitcast<f32>(m0[row * 8u + r0]);
          m0[row * 8u + r0] = bitcast<u32>(sum0);
          sum0 = (sum0 + v0);
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
  expect(shaders[2].slice(shaders[2].indexOf("fn kernel"))).toMatchInlineSnapshot(`
    "fn kernel(group: u32, groups: u32, lane: u32, size: u32, place: u32) {
      for (var piece = group; piece < 8u; piece += groups) {
        let i0 = i32(piece % 8u) * 4096i;
        let i1 = min(i0 + 4096i, 32768i);
        let slot0 = subgroupBroadcastFirst(lane) / size * size + place;
        var sum0 = bitcast<f32>(m0[piece]);
        for (var r0 = i0; r0 < i1; r0 += 256i) {
          let i2 = r0 + i32(slot0);
          var own0 = 0f;
          if (i2 < i1) {
            let v0 = bitcast<f32>(m1[i2]);
            own0 = v0;
          }
          for (var d0 = 1u; d0 < min(size, 256u); d0 = 2u * d0) {
            let upper0 = (place & d0) != 0u;
            let v1 = subgroupShuffle(own0, select(place, place / d0 * d0 - 1u, upper0));
            if (upper0) {
              own0 = (v1 + own0);
            }
          }
          shared0[slot0] = own0;
          workgroupBarrier();
          for (var d0 = size; d0 < 256u; d0 = 2u * d0) {
            if ((slot0 & d0) != 0u) {
              own0 = (shared0[slot0 / d0 * d0 - 1u] + own0);
              shared0[slot0] = own0;
            }
            workgroupBarrier();
          }
          if (i2 < i1) {
            m2[i2] = bitcast<u32>((sum0 + own0));
          }
          sum0 = (sum0 + shared0[255]);
          workgroupBarrier();
        }
      }
    }
    @compute @workgroup_size(256)
    fn main(
      @builtin(workgroup_id) group: vec3u,
      @builtin(num_workgroups) groups: vec3u,
      @builtin(local_invocation_index) lane: u32,
      @builtin(subgroup_size) size: u32,
      @builtin(subgroup_invocation_id) place: u32,
    ) {
      kernel(group.x, groups.x, lane, size, place);
    }
    "
  `)
})

test("updates whose order shows are made in blocks, the later ones of an element by the first", () => {
  const graph = graphOf([[80], [100]], (b, [x, y]) => {
    const at = b.emit("cast", [op.multiply(b, y, 80)], { dtype: "int32" })
    return b.emit("scatter", [x, at, y], { axes: [0], combine: "add" })
  })
  const code = shadersOf(graph).find((code) => code.includes("element0"))
  expect(
    code?.slice(code.indexOf("var element0"), code.indexOf("@compute")),
  ).toMatchInlineSnapshot(`
    "var element0 = -1i;
          if (i0 < 100i) {
            let i1 = i0;
            let v0 = bitcast<f32>(m0[i1]);
            let v1 = v0 * 80f;
            let v2 = maths_toInt(v1);
            let v3 = v2 >= 0i;
            let v4 = v2 < 80i;
            let v5 = v3 & v4;
            if (v5) {
              let v6 = max(v2, 0i);
              let v7 = min(v6, 79i);
              element0 = v7;
              shared1[lane] = bitcast<u32>(v0);
            }
          }
          shared0[lane] = element0;
          workgroupBarrier();
          var first0 = element0 >= 0i;
          for (var o0 = 0u; first0 && o0 < lane; o0++) {
            first0 = shared0[o0] != element0;
          }
          if (first0) {
            var sum0 = bitcast<f32>(m1[element0]);
            for (var o1 = lane; o1 < 32u; o1++) {
              if (shared0[o1] == element0) {
                let v8 = bitcast<f32>(shared1[o1]);
                sum0 = (sum0 + v8);
              }
            }
            m1[element0] = bitcast<u32>(sum0);
          }
          storageBarrier();
          workgroupBarrier();
        }
      }
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
    var<workgroup> shared0: array<vec2<f32>, 144>;
    var<workgroup> shared1: array<vec2<f32>, 128>;
    fn kernel(group: u32, groups: u32, lane: u32) {
      let i0 = i32(lane);
      var fetched0 = vec2<f32>();
      let i1 = i0 / 16i;
      let i2 = i0 % 16i;
      let i3 = i32(lane) + 64i;
      var fetched1 = vec2<f32>();
      let i4 = i3 / 16i;
      let i5 = i3 % 16i;
      let i6 = i32(lane);
      var fetched2 = vec2<f32>();
      let i7 = i6 % 8i;
      let i8 = i6 / 8i;
      let i9 = i32(lane) + 64i;
      var fetched3 = vec2<f32>();
      let i10 = i9 % 8i;
      let i11 = i9 / 8i;
      let i12 = i32(lane) / 8i;
      let i13 = i32(lane) % 8i;
      for (var piece = group; piece < 9u; piece += groups) {
        let i14 = i32(piece);
        let i15 = i14 % 3i * 16i;
        let i16 = i14 / 3i % 3i * 16i;
        var sum_0_0 = vec2<f32>();
        var sum_1_0 = vec2<f32>();
        for (var k0 = -16i; k0 < 24i; k0 += 16i) {
        }
        var sums0 = array<vec2<f32>, 2>(sum_0_0, sum_1_0);
        for (var r0 = 0i; r0 < 2i; r0++) {
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
  expect(code).toContain("sum_1_0 = fma(")
})
