/** The function that every thread runs: stages in order, pieces of kernels taken from counters. */

import {
  type Axis,
  type Buffer,
  type Kernel,
  type Program,
  piecesOf,
} from "../../schedule/index.ts"
import type { Group, Groups } from "../stages.ts"
import { type Walker, walkProgram } from "../thread-walk.ts"
import { counterWord, crewWord, meetWord, pointerOf, scratchWord } from "./words.ts"

/** So many times, and some more, a thread takes pieces of a kernel: enough that threads end together. */
const turnsOfThread = 64

/** The function that does a piece of a kernel, and the buffers that it is given. */
export interface KernelFunction {
  readonly name: string
  readonly buffers: readonly Buffer[]
}

type Functions = ReadonlyMap<Kernel, KernelFunction>

/** What the main of one of a library's programs is called, by its place from 0 on. */
export function mainName(place: number): string {
  return `tradespace_main${suffixOf(place)}`
}

/** What tells the functions of a library's programs apart. */
export function suffixOf(place: number): string {
  return place === 0 ? "" : `_p${place}`
}

/** The text of a program's main, which calls the kernels' functions. */
export function mainFunction(name: string, program: Program, functions: Functions): string {
  const main = new Main(program, functions)
  return main.text(name)
}

class Main implements Walker<string> {
  readonly #program: Program
  readonly #functions: Functions
  readonly #lines: string[] = []
  /** The counters of the loops around the code that is being written, outermost first. */
  readonly #counters: string[] = []
  #names = 0

  constructor(program: Program, functions: Functions) {
    this.#program = program
    this.#functions = functions
  }

  text(name: string): string {
    const { scratchBytes } = this.#program
    walkProgram(this.#program, this)
    return `void ${name}(i32 thread, i32 threads, u8 **args) {
u8 *scratch = args[${scratchWord}] + (i64)thread * ${scratchBytes};
i32 *counters = (i32 *)(args + ${counterWord(this.#program)});
void (*meet)(void *, i32, i32 *, i32) = (void (*)(void *, i32, i32 *, i32))args[${meetWord}];
void *crew = args[${crewWord}];
i32 met = 0;
(void)scratch; (void)counters; (void)meet; (void)crew; (void)met;
${this.#lines.join("\n")}
}`
  }

  meet({ from, to }: Groups): void {
    this.#lines.push(`if (threads > 1) meet(crew, met++, counters + ${from}, ${to - from});`)
  }

  /** Threads take some pieces at a time, so that short ones are not spent on the counter; alone, all. */
  take({ pieces, number }: Group, body: (piece: string) => void): void {
    const some = `threads > 1 ? 1 + ${pieces} / (${turnsOfThread} * threads) : ${pieces}`
    const next = `__atomic_fetch_add(counters + ${number}, (i32)some, __ATOMIC_RELAXED)`
    this.#lines.push(
      `for (i64 some = ${some}, piece = 0, end = 0;; piece++) {`,
      "if (piece == end) {",
      `piece = threads > 1 ? ${next} : end;`,
      `if (piece >= ${pieces}) break;`,
      `end = piece + some < ${pieces} ? piece + some : ${pieces};`,
      "}",
    )
    body("piece")
    this.#lines.push("}")
  }

  round(_counter: Axis, piece: string, body: () => void): void {
    this.#counters.push(piece)
    body()
    this.#counters.pop()
  }

  eachPiece(kernel: Kernel, body: (piece: string) => void): void {
    this.#lines.push(`for (i64 each = 0; each < ${piecesOf(kernel)}; each++) {`)
    body("each")
    this.#lines.push("}")
  }

  call(kernel: Kernel, piece: string): void {
    const found = this.#functions.get(kernel)
    if (found === undefined) throw new Error("a kernel of the program has no function")
    const { name, buffers } = found
    const pointers = buffers.map((buffer) => `(void *)${pointerOf(this.#program, buffer)}`)
    const round = this.#counters.length > 0 ? [...this.#counters, "threads"] : []
    this.#lines.push(`${name}(${[...pointers, piece, "scratch", ...round].join(", ")});`)
  }

  repeat({ extent }: Axis, body: () => void): void {
    const counter = `turn${this.#names++}`
    this.#lines.push(`for (i64 ${counter} = 0; ${counter} < ${extent}; ${counter}++) {`)
    this.#counters.push(counter)
    body()
    this.#counters.pop()
    this.#lines.push("}")
  }

  whileTrue(predicate: Buffer, condition: () => void, body: () => void): void {
    this.#lines.push("for (;;) {")
    condition()
    this.#lines.push(`if (!*(volatile u8 *)${pointerOf(this.#program, predicate)}) break;`)
    body()
    this.#lines.push("}")
  }

  choose(index: Buffer, branches: readonly (() => void)[]): void {
    const chosen = `chosen${this.#names++}`
    this.#lines.push(`{ const i32 ${chosen} = *(volatile i32 *)${pointerOf(this.#program, index)};`)
    for (const [k, branch] of branches.entries()) {
      const last = k === branches.length - 1
      this.#lines.push(last ? "{" : `if (${chosen} <= ${k}) {`)
      branch()
      this.#lines.push(last ? "}" : "} else")
    }
    this.#lines.push("}")
  }
}
