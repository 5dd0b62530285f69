/** The function that every thread runs: stages in order, pieces of kernels taken from counters. */

import {
  type Axis,
  type Buffer,
  isControlStep,
  isSpread,
  type Kernel,
  type Program,
  piecesOf,
  type RepeatStep,
  type Step,
} from "../../schedule/index.ts"
import { type Group, type Groups, planStages, type Stage } from "../stages.ts"
import { counterWord, crewWord, meetWord, pointerOf, scratchWord } from "./words.ts"

/** So many times, and some more, a thread takes pieces of a kernel: enough that threads end together. */
const turnsOfThread = 64

const noGroups: Groups = { from: 0, to: 0 }

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

class Main {
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
    this.#stages(planStages(this.#program).stages)
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

  #stages(stages: readonly Stage[]): void {
    for (const stage of stages) {
      if (stage.barrier) this.#meet(noGroups)
      this.#stage(stage)
    }
  }

  #stage(stage: Stage): void {
    switch (stage.kind) {
      case "group":
        this.#group(stage)
        break
      case "repetition":
        this.#repeat(stage.step.counter, () => {
          this.#stages(stage.stages)
          this.#meet(stage.groups)
        })
        break
      case "condition":
        this.#whileTrue(
          stage.step.predicate,
          () => {
            this.#stages(stage.condition)
            this.#meet(stage.conditionGroups)
          },
          () => {
            this.#stages(stage.stages)
            this.#meet(stage.groups)
          },
        )
        break
      case "choice":
        this.#choose(
          stage.step.index,
          stage.branches.map((branch) => () => this.#stages(branch)),
        )
        break
    }
  }

  /** All threads wait for each other at the next barrier, and the counters of some groups are set back. */
  #meet({ from, to }: Groups): void {
    this.#lines.push(`if (threads > 1) meet(crew, met++, counters + ${from}, ${to - from});`)
  }

  /** Threads take some pieces at a time, so that short ones are not spent on the counter; alone, all. */
  #group({ steps, pieces, number }: Group): void {
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
    const [first] = steps
    if (first?.kind === "repeat" && isSpread(first)) this.#round(first)
    else this.#steps(steps)
    this.#lines.push("}")
  }

  /** The round of a repetition that the piece stands for: this thread runs all of its kernels. */
  #round({ steps }: RepeatStep): void {
    this.#counters.push("piece")
    this.#steps(steps, (kernel) => this.#callAlone(kernel))
    this.#counters.pop()
  }

  /** Steps that one thread runs in order: its piece of a kernel, or what has one piece only. */
  #steps(
    steps: readonly Step[],
    call = (kernel: Kernel): void => this.#call(kernel, "piece"),
  ): void {
    for (const step of steps) {
      if (!isControlStep(step)) call(step)
      else if (step.kind === "repeat") {
        this.#repeat(step.counter, () => this.#steps(step.steps, call))
      } else if (step.kind === "while") {
        this.#whileTrue(
          step.predicate,
          () => this.#steps(step.condition, call),
          () => this.#steps(step.steps, call),
        )
      } else {
        this.#choose(
          step.index,
          step.branches.map((branch) => () => this.#steps(branch, call)),
        )
      }
    }
  }

  /** All pieces of a kernel, one after another. */
  #callAlone(kernel: Kernel): void {
    this.#lines.push(`for (i64 each = 0; each < ${piecesOf(kernel)}; each++) {`)
    this.#call(kernel, "each")
    this.#lines.push("}")
  }

  #call(kernel: Kernel, piece: string): void {
    if (piecesOf(kernel) === 0) return
    const found = this.#functions.get(kernel)
    if (found === undefined) throw new Error("a kernel of the program has no function")
    const { name, buffers } = found
    const pointers = buffers.map((buffer) => `(void *)${pointerOf(this.#program, buffer)}`)
    const round = this.#counters.length > 0 ? [...this.#counters, "threads"] : []
    this.#lines.push(`${name}(${[...pointers, piece, "scratch", ...round].join(", ")});`)
  }

  #repeat({ extent }: Axis, body: () => void): void {
    const counter = `turn${this.#names++}`
    this.#lines.push(`for (i64 ${counter} = 0; ${counter} < ${extent}; ${counter}++) {`)
    this.#counters.push(counter)
    body()
    this.#counters.pop()
    this.#lines.push("}")
  }

  #whileTrue(predicate: Buffer, condition: () => void, body: () => void): void {
    this.#lines.push("for (;;) {")
    condition()
    this.#lines.push(`if (!*(volatile u8 *)${pointerOf(this.#program, predicate)}) break;`)
    body()
    this.#lines.push("}")
  }

  /** Goes through the branch that an int32 names: the first below it, the last above. */
  #choose(index: Buffer, branches: readonly (() => void)[]): void {
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
