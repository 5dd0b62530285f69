/**
 * Tiles of bfloat16. The processor at hand may have none: the compiler is told that there are some, and
 * to take plain C for their six operations, so that all else is what runs on a processor with them.
 */

import { spawnSync } from "node:child_process"
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest"
import { type Device, openNative, openRam } from "../../../src/device/index.ts"
import { cTarget, emitC, tileUnitCheck } from "../../../src/emit/index.ts"
import { type Graph, GraphBuilder, operations as op } from "../../../src/graph/index.ts"
import { kernelsOf, schedule } from "../../../src/schedule/index.ts"
import { difference, type HostArgument, toleranceOf } from "../../graph/random.ts"
import { runOn } from "../agreement.ts"
import { contractions, wavesFor } from "../contractions.ts"
import { convolutions, graphOf } from "../convolutions.ts"
import { expectCompiled } from "./compiled.ts"
import { compiler } from "./compiler.ts"

const folder = await mkdtemp(join(tmpdir(), "tradespace-tiles-"))
afterAll(() => rm(folder, { recursive: true, force: true }))

const claimed = "-D__AMX_TILE__=1 -D__AMX_BF16__=1"
const precision = "bfloat16"

/** A compiler that adds some arguments to those it is given. */
async function compilerWith(name: string, added: string): Promise<string> {
  const command = join(folder, name)
  await writeFile(command, `#!/bin/sh\nexec ${compiler!.command} "$@" ${added}\n`)
  await chmod(command, 0o755)
  return command
}

async function open(threads: number, command: string): Promise<Device> {
  const cache = { folder: join(folder, "cache") }
  return openNative({ threads, compiler: { command }, cache })
}

/** Products of `rows`×`depth` by `depth`×`columns`, each operand stored either way round. */
function products(rows: number, depth: number, columns: number): Graph {
  const b = new GraphBuilder()
  const inputOf = (shape: readonly number[]) => b.input({ shape, dtype: "float32" })
  const left = [inputOf([rows, depth]), inputOf([depth, rows])]
  const right = [inputOf([depth, columns]), inputOf([columns, depth])]
  const results = left.flatMap((x, i) =>
    right.map((y, j) => b.emit("dot", [x, y], { contract: [[1 - i], [j]], batch: [[], []] })),
  )
  return b.build([...results, op.apply(b, "abs", results[0])])
}

function integersFor({ inputs }: Graph): readonly HostArgument[] {
  return inputs.map(({ shape }, i) => {
    const extents = shape.map(Number)
    const length = extents.reduce((a, c) => a * c, 1)
    return {
      data: Float32Array.from({ length }, (_, k) => ((k * (7 + i) + (k >> 5)) % 17) - 8),
      shape: extents,
    }
  })
}

/** Whether each contraction of a program takes operands of bfloat16. */
function inTiles(graph: Graph): readonly boolean[] {
  const { lanes, registers } = compiler!
  const target = cTarget({ lanes, registers, tiles: true })
  return kernelsOf(schedule(graph, { target, precision }).steps)
    .filter((kernel) => kernel.kind === "contraction")
    .map(({ lhs }) => lhs.dtype === "bfloat16")
}

describe.skipIf(compiler === undefined)("operands of bfloat16 in tiles", () => {
  expectCompiled()
  let one: Device
  let three: Device
  beforeAll(async () => {
    const command = await compilerWith("tiles", `${claimed} -DPORTABLE_TILES`)
    ;[one, three] = await Promise.all([open(1, command), open(3, command)])
  })
  afterAll(() => Promise.all([one?.close(), three?.close()]))

  const expectRight = async (graph: Graph): Promise<void> => {
    const example = { seed: 0, graph, inputs: wavesFor(graph) }
    const found = await runOn(one, example, { precision })
    const expected = await runOn(openRam(), example, { precision })
    expect(difference(found, expected, toleranceOf(example))).toBeUndefined()
    expect(await runOn(three, example, { precision })).toEqual(found)
  }

  test.each(contractions)("give what the interpreter gives, of %s", async (_, graph) => {
    await expectRight(graph)
  })

  test("and of convolutions", async () => {
    for (const convolution of convolutions) await expectRight(graphOf(convolution))
  })

  test.each([
    [32, 32, 32],
    [33, 31, 65],
    [70, 1300, 45],
    [300, 96, 1100],
    [470, 545, 33],
  ] as const)(
    "give the exact product of integers, %i by %i by %i",
    async (rows, depth, columns) => {
      const graph = products(rows, depth, columns)
      expect(inTiles(graph)).toEqual([true, true, true, true])
      const example = { seed: 0, graph, inputs: integersFor(graph) }
      const expected = await runOn(openRam(), example, { precision })
      for (const device of [one, three]) {
        expect(await runOn(device, example, { precision })).toEqual(expected)
      }
    },
  )

  test("count subnormal numbers as zero, as the processor does", async () => {
    const graph = products(32, 32, 32)
    const filled = [2 ** -130, 2 ** -130, 2 ** 100, 2 ** 100]
    const inputs = filled.map((value) => ({
      data: new Float32Array(32 * 32).fill(value),
      shape: [32, 32],
    }))
    const example = { seed: 0, graph, inputs }
    for (const { data } of await runOn(one, example, { precision })) {
      expect(new Set(data)).toEqual(new Set([0]))
    }
    for (const { data } of await runOn(one, example)) {
      expect(new Set(data)).toEqual(new Set([2 ** -25]))
    }
  })

  test("go there only when asked for, and where they fill tiles", async () => {
    const graph = products(64, 64, 64)
    expect(inTiles(graph)).toEqual([true, true, true, true])
    expect(inTiles(products(4, 64, 64))).not.toContain(true)
    const example = { seed: 0, graph, inputs: wavesFor(graph) }
    const exact = await runOn(openRam(), example)
    expect(difference(await runOn(one, example), exact, toleranceOf(example))).toBeUndefined()
  })
})

describe.skipIf(compiler === undefined)("tiles that do not do as they should", () => {
  test("are left alone, with one line that says so", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {})
    const wrong = await compilerWith(
      "wrong",
      `${claimed} -DPORTABLE_TILES -D__builtin_fmaf=tile_wrong -include ${join(folder, "wrong.h")}`,
    )
    await writeFile(
      join(folder, "wrong.h"),
      "static inline float tile_wrong(float a, float b, float c) { return a * b * 1.5f + c; }\n",
    )
    for (let turn = 0; turn < 2; turn++) {
      const device = await open(1, wrong)
      const graph = products(64, 64, 64)
      const example = { seed: 0, graph, inputs: wavesFor(graph) }
      const expected = await runOn(openRam(), example, { precision })
      const found = await runOn(device, example, { precision })
      expect(difference(found, expected, toleranceOf(example))).toBeUndefined()
      await device.close()
    }
    const said = warn.mock.calls.flat().map(String)
    expect(said.filter((line) => line.includes("no tiles for bfloat16"))).toHaveLength(1)
    warn.mockRestore()
  })
})

describe.skipIf(compiler === undefined || compiler.tiles || process.arch !== "x64")(
  "tiles that the system does not let a process use",
  () => {
    test("are left alone, with one line that says so", async () => {
      const warn = vi.spyOn(console, "warn").mockImplementation(() => {})
      const command = await compilerWith("forbidden", "-mamx-tile -mamx-bf16")
      for (let turn = 0; turn < 2; turn++) await (await open(1, command)).close()
      const said = warn.mock.calls.flat().map(String)
      expect(said.filter((line) => line.includes("the system does not let"))).toHaveLength(1)
      warn.mockRestore()
    })
  },
)

describe.skipIf(process.arch !== "x64").each(["gcc", "clang"])("%s", (command) => {
  test.skipIf(spawnSync(command, ["--version"]).status !== 0)(
    "compiles the processor's own instructions",
    async () => {
      const target = cTarget({ lanes: 16, registers: 32, tiles: true })
      const program = schedule(products(70, 90, 45), { target, precision })
      const sources = [emitC(program, { lanes: 16 }), tileUnitCheck]
      for (const [i, source] of sources.entries()) {
        const path = join(folder, `${command}${i}`)
        await writeFile(`${path}.c`, source)
        const flags = ["-std=gnu11", "-O2", "-w", "-march=sapphirerapids", "-S"]
        const built = spawnSync(command, [...flags, "-o", `${path}.s`, `${path}.c`])
        expect(built.stderr.toString()).toBe("")
        const text = await readFile(`${path}.s`, "utf8")
        for (const each of [
          "tdpbf16ps",
          "ldtilecfg",
          "tilezero",
          "tileloadd",
          "tilestored",
          "tilerelease",
        ]) {
          expect(text).toContain(each)
        }
      }
    },
  )
})
