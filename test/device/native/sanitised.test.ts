import { spawnSync } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { afterAll, describe, expect, test } from "vitest"
import { openRam } from "../../../src/device/index.ts"
import { blockBytes, cTarget, emitC } from "../../../src/emit/index.ts"
import { type Graph, GraphBuilder, operations as op } from "../../../src/graph/index.ts"
import { bytesOf, type Program, schedule } from "../../../src/schedule/index.ts"
import { type TypedArray, viewTyped } from "../../../src/size/index.ts"
import { type Case, difference, randomGraph, toleranceOf } from "../../graph/random.ts"
import { runOn } from "../agreement.ts"
import { rowsSummed, wavesFor } from "../contractions.ts"
import { convolutions, graphOf } from "../convolutions.ts"
import { directConvolutions } from "../direct-convolutions.ts"
import { tiledConvolutions } from "../tiled-convolutions.ts"
import { compiler } from "./compiler.ts"

const folder = await mkdtemp(join(tmpdir(), "tradespace-sanitised-"))
afterAll(() => rm(folder, { recursive: true, force: true }))

/** A process that runs a program once, each of its buffers in memory of just its size. */
function host(program: Program): string {
  const sizes = (list: Program["inputs"]): string => list.map(bytesOf).concat(0).join(", ")
  const { inputs, outputs, donations } = program
  if (donations.size > 0) throw new Error("nothing is donated here")
  const shared = outputs.map((buffer) => inputs.indexOf(buffer)).concat(-1)
  return `
#include <stdio.h>
#include <stdlib.h>
int main(void) {
  static const size_t in[] = {${sizes(inputs)}}, out[] = {${sizes(outputs)}};
  static const int shared[] = {${shared.join(", ")}};
  u8 **args = aligned_alloc(64, ${blockBytes(program)});
  memset(args, 0, ${blockBytes(program)});
  args[0] = malloc(${program.arenaBytes});
  args[1] = aligned_alloc(64, ${64 * Math.ceil((program.scratchBytes + 1) / 64)});
  for (int i = 0; i < ${inputs.length}; i++) {
    args[4 + i] = malloc(in[i]);
    if (fread(args[4 + i], 1, in[i], stdin) != in[i]) return 3;
  }
  for (int i = 0; i < ${outputs.length}; i++) args[${4 + inputs.length} + i] = shared[i] >= 0 ? args[4 + shared[i]] : malloc(out[i]);
  tradespace_main(0, 1, args);
  for (int i = 0; i < ${outputs.length}; i++) fwrite(args[${4 + inputs.length} + i], 1, out[i], stdout);
  return 0;
}
`
}

/** GCC brings the sanitisers' libraries with it; clang's are a package of their own. */
const watcher = "gcc"
const isThere = spawnSync(watcher, ["--version"]).status === 0

let programs = 0

/** The results of a graph, computed by a process that watches every access and every operation. */
async function sanitised(
  { graph, inputs }: Case,
  precision?: "bfloat16" | "highest",
): Promise<readonly TypedArray[]> {
  const { flags, lanes, registers } = compiler!
  const tiles = precision === "bfloat16"
  const program = schedule(graph, { target: cTarget({ lanes, registers, tiles }), precision })
  const source = join(folder, `${programs}.c`)
  const executable = join(folder, `${programs++}`)
  await writeFile(source, emitC(program, { lanes }) + host(program))
  const own = flags.filter((flag) => flag !== "-shared" && flag !== "-O2")
  const watching = ["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
  const built = spawnSync(watcher, [
    ...own,
    ...watching,
    "-DPORTABLE_TILES",
    "-o",
    executable,
    source,
    "-lm",
  ])
  expect(built.stderr.toString()).toBe("")
  const bytes = inputs.map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength))
  const run = spawnSync(executable, [], {
    input: Buffer.concat(bytes),
    maxBuffer: 2 ** 28,
    env: { ASAN_OPTIONS: "detect_leaks=0" },
  })
  expect(run.stderr.toString()).toBe("")
  expect(run.status).toBe(0)
  let at = 0
  return program.outputs.map((buffer) => {
    const part = run.stdout.subarray(at, at + bytesOf(buffer))
    at += bytesOf(buffer)
    return viewTyped(buffer.dtype, new Uint8Array(part).buffer, 0, buffer.elements)
  })
}

async function expectSound(example: Case, precision?: "bfloat16"): Promise<void> {
  const results = await sanitised(example, precision)
  const shapes = example.graph.outputs.map(({ shape }) => shape.map(Number))
  const found = results.map((data, i) => ({ data, shape: shapes[i] }))
  const expected = await runOn(openRam(), example, { precision })
  expect(difference(found, expected, toleranceOf(example))).toBeUndefined()
}

/** A product of two matrices, whose sizes fill no tile. */
function product(
  rows: number,
  depth: number,
  columns: number,
  dtype: "float32" | "float64" = "float32",
): Graph {
  const b = new GraphBuilder()
  const x = b.input({ shape: [rows, depth], dtype })
  const y = b.input({ shape: [depth, columns], dtype })
  return b.build([b.emit("dot", [x, y], { contract: [[1], [0]], batch: [[], []] })])
}

describe.skipIf(compiler === undefined || !isThere)(
  "under the address and undefined-behaviour sanitisers",
  () => {
    test("random programs touch only their own memory and do nothing undefined", async () => {
      await fc.assert(
        fc.asyncProperty(randomGraph({ equations: 15 }), (example) => expectSound(example)),
        { numRuns: 6 },
      )
    })

    test.each([
      [37, 401, 53, "float32"],
      [5, 64, 130, "float32"],
      // Tiles ask for rows that follow, at last beyond the array.
      [513, 520, 20, "float32"],
      // Tiles ask for lines of a large result, at last beyond it.
      [530, 130, 520, "float32"],
      [37, 401, 53, "float64"],
      // Columns are read where they lie.
      [37, 48, 128, "float32"],
    ] as const)("so does a product of %i by %i by %i, %s", async (rows, depth, columns, dtype) => {
      const graph = product(rows, depth, columns, dtype)
      await expectSound({ seed: 0, graph, inputs: wavesFor(graph) })
    })

    test("so do sums over a product's rows", async () => {
      await expectSound({ seed: 0, graph: rowsSummed(), inputs: wavesFor(rowsSummed()) })
    })

    test.each([
      [37, 601, 53],
      // Many rows share columns that are packed ahead.
      [470, 545, 33],
    ])("so does one of bfloat16 in tiles, %i by %i by %i", async (rows, depth, columns) => {
      const graph = product(rows, depth, columns)
      await expectSound({ seed: 0, graph, inputs: wavesFor(graph) }, "bfloat16")
    })

    test("so do convolutions", async () => {
      await Promise.all(
        [...convolutions.map(graphOf), ...directConvolutions.map(({ graph }) => graph)].map(
          async (graph) => {
            await expectSound({ seed: 0, graph, inputs: wavesFor(graph) })
          },
        ),
      )
    })

    test("so do short sorts, places of extremes, whole quotients and scans of several rows", async () => {
      const b = new GraphBuilder()
      const x = b.input({ shape: [7, 21], dtype: "float32" })
      const y = b.input({ shape: [67], dtype: "int32" })
      const z = b.input({ shape: [67], dtype: "int32" })
      const scans = [0, 1].map((axis) =>
        b.emit("cumulativeSum", [x], { axis, reverse: axis === 1 }),
      )
      const places = [0, 1].map((axis) => b.emit("argmax", [x], { axis }))
      const sorted = b.emitAll("sort", [x, op.iota(b, [7, 21], 1)], { axis: 1, keys: 1 })
      const graph = b.build([
        ...scans,
        ...places,
        ...sorted,
        b.emit("divide", [y, z], {}),
        b.emit("remainder", [y, z], {}),
      ])
      const whole = (step: number) => Int32Array.from({ length: 67 }, (_, i) => step * (i - 33))
      const inputs = [
        { data: Float32Array.from({ length: 147 }, (_, i) => Math.sin(i)), shape: [7, 21] },
        { data: whole(64_000_001), shape: [67] },
        { data: whole(-1), shape: [67] },
      ]
      await expectSound({ seed: 0, graph, inputs })
    })

    test("so do those of tiles", async () => {
      await Promise.all(
        tiledConvolutions.map(async ({ graph }) => {
          const inputs = wavesFor(graph).map(({ data, shape }) => ({
            data: Float32Array.from(data, (x) => Math.round(6 * x)),
            shape,
          }))
          const example = { seed: 0, graph, inputs }
          expect(await sanitised(example)).toEqual(await sanitised(example, "highest"))
        }),
      )
    })
  },
)
