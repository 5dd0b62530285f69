/** Programs to C. */

import {
  type Axis,
  isControlStep,
  type Kernel,
  listsOf,
  type Program,
  piecesOf,
  type Step,
} from "../../schedule/index.ts"
import type { KernelCode, ProgramCode } from "./code.ts"
import { writeContraction } from "./contraction.ts"
import { writeLoop } from "./loop.ts"
import { type KernelFunction, mainFunction, mainName, suffixOf } from "./main.ts"
import { MathLibrary } from "./maths.ts"
import { writeMerge } from "./merge.ts"
import { type Asked, askedIn } from "./next-round.ts"
import { elementOf } from "./panels.ts"
import { prelude } from "./prelude.ts"
import { writeScan, writeScatter } from "./scan.ts"
import { sortPrelude, writeSort } from "./sort.ts"
import { Tiles, turnPrelude } from "./tiles.ts"

export interface CodeOptions {
  /** float32 lanes of the processor's vectors. */
  readonly lanes: number
}

/**
 * C that runs a program. It defines `void tradespace_main(int32_t thread, int32_t threads, void **args)`,
 * which every one of `threads` threads calls at once, each with its own number from 0 on; `args` is
 * the block that `writeWords` filled. When all calls have returned, the run is over.
 *
 * Results do not depend on the number of threads. Work: proportional to the text written.
 */
export function emitC(program: Program, options: CodeOptions): string {
  return emitLibrary([program], options)
}

/**
 * C that runs any of several programs: one beginning for all of them, which takes compilers longer
 * than most programs. Their mains are called what {@link mainName} says of their places. What is
 * called with sizes is written for each program by itself, so that its code is what it is alone.
 */
export function emitLibrary(programs: readonly Program[], { lanes }: CodeOptions): string {
  const library = new MathLibrary()
  const widths = new Set<number>()
  const turned = new Map<string, string>()
  const tiled = new Set<string>()
  const texts: string[] = []
  for (const [place, program] of programs.entries()) {
    const tiles = new Tiles(suffixOf(place))
    const functions = new Map<Kernel, KernelFunction>()
    const asked = new Map<Kernel, readonly Asked[]>()
    const bodies = new Map<string, string>()
    const write = (steps: readonly Step[], counters: readonly Axis[]): void => {
      for (const step of steps) {
        if (isControlStep(step)) {
          const inside = step.kind === "repeat" ? [...counters, step.counter] : counters
          const found = step.kind === "repeat" ? askedIn(program, step) : undefined
          if (found !== undefined) asked.set(...found)
          for (const list of listsOf(step)) write(list, inside)
          continue
        }
        if (piecesOf(step) === 0 || functions.has(step)) continue
        const shared = { program, library, lanes, counters }
        const code = writeKernel(shared, step, tiles, asked.get(step))
        widths.add(code.lanes)
        if (step.kind === "contraction" || code.turns) {
          const element = step.kind === "contraction" ? elementOf(step.lhs) : "f32"
          const type = `${element}x${code.lanes}`
          if (!turned.has(type)) turned.set(type, turnPrelude(element, code.lanes))
        }
        const parameters = [
          ...code.parameters.map(({ text }) => text),
          "i64 piece",
          "u8 *scratch",
          ...counters.map((_, i) => `i64 counter${i}`),
          ...(counters.length > 0 ? ["i64 threads"] : []),
        ]
        const body = `(${parameters.join(", ")}) {
(void)piece; (void)scratch;
${code.block.lines.join("\n")}
}`
        // Kernels that are alike but for where their buffers lie are one function.
        const name = bodies.get(body) ?? `kernel${bodies.size}_${step.kind}${suffixOf(place)}`
        bodies.set(body, name)
        functions.set(step, { name, buffers: code.parameters.map(({ buffer }) => buffer) })
      }
    }
    write(program.steps, [])
    for (const text of tiles.texts) tiled.add(text)
    texts.push(
      ...[...bodies].map(([body, name]) => `CALLED void ${name}${body}`),
      mainFunction(mainName(place), program, functions),
    )
  }
  return [
    prelude([...widths]),
    sortPrelude,
    ...turned.values(),
    library.text,
    [...tiled].join("\n"),
    ...texts,
    "",
  ].join("\n")
}

function writeKernel(
  program: ProgramCode,
  kernel: Kernel,
  tiles: Tiles,
  asked: readonly Asked[] = [],
): KernelCode {
  switch (kernel.kind) {
    case "loop":
      return writeLoop(program, kernel, asked)
    case "contraction":
      return writeContraction(program, kernel, tiles)
    case "scan":
      return writeScan(program, kernel)
    case "scatter":
      return writeScatter(program, kernel)
    case "sort":
      return writeSort(program, kernel)
    case "merge":
      return writeMerge(program, kernel)
  }
}
