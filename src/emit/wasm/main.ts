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
import type { FunctionBuilder, Local, Operand } from "./assembler.ts"
import { arenaWord, counterWord, inputWord, outputWord, scratchWord } from "./layout.ts"
import type { Record, Recorder } from "./recorder.ts"

/** Writes the main of a program. */
export class Main implements Walker<Local> {
  readonly #f: FunctionBuilder
  readonly #program: Program
  readonly #functions: ReadonlyMap<Kernel, FunctionBuilder>
  readonly #meeting: FunctionBuilder
  readonly #threads: Local
  readonly #args: Local
  readonly #piece: Local
  readonly #scratch: Local
  /** How often this thread has met the others. */
  readonly #met: Local
  /** The counters of the loops around the code that is being written, outermost first. */
  readonly #counters: Local[] = []
  readonly #recorder: Recorder | undefined
  #record: Record | undefined

  constructor(
    f: FunctionBuilder,
    program: Program,
    functions: ReadonlyMap<Kernel, FunctionBuilder>,
    meeting: FunctionBuilder,
    recorder?: Recorder,
  ) {
    this.#f = f
    this.#program = program
    this.#functions = functions
    this.#meeting = meeting
    this.#recorder = recorder
    this.#threads = f.param(1)
    this.#args = f.param(2)
    this.#piece = f.local("i32", "piece")
    this.#scratch = f.local("i32", "scratch")
    this.#met = f.local("i32", "met")
  }

  emit(): void {
    const f = this.#f
    f.localGet(this.#args)
    f.i32.load(4 * scratchWord)
    f.localGet(f.param(0))
    f.i32.const(this.#program.scratchBytes)
    f.i32.mul()
    f.i32.add()
    f.localSet(this.#scratch)
    this.#record = this.#recorder?.begin(f)
    walkProgram(this.#program, this)
  }

  meet({ from, to }: Groups): void {
    const f = this.#f
    this.#recorded(undefined, 0, () => {
      f.localGet(this.#threads)
      f.localGet(this.#args)
      f.localGet(this.#met)
      f.i32.const(4 * counterWord(this.#program, from))
      f.i32.const(4 * (to - from))
      f.call(this.#meeting)
      f.increment(this.#met, 1)
    })
  }

  /** Code that a recording build writes down. */
  #recorded(group: number | undefined, piece: Operand, body: () => void): void {
    if (this.#record === undefined) body()
    else this.#record.around(group, piece, body)
  }

  take({ pieces, number }: Group, body: (piece: Local) => void): void {
    const f = this.#f
    f.set(this.#piece, 0)
    f.block((exit) => {
      f.loop((again) => {
        // Alone, a thread counts for itself.
        f.localGet(this.#threads)
        f.i32.const(1)
        f.i32.ne()
        f.if()
        f.localGet(this.#args)
        f.i32.const(1)
        f.i32.atomic_rmw_add(4 * counterWord(this.#program, number))
        f.localSet(this.#piece)
        f.end()
        f.localGet(this.#piece)
        f.i32.const(pieces)
        f.i32.ge_u()
        f.brIf(exit)
        this.#recorded(number, this.#piece, () => body(this.#piece))
        f.increment(this.#piece, 1)
        f.br(again)
      })
    })
  }

  round({ name }: Axis, piece: Local, body: () => void): void {
    const number = this.#f.local("i32", name)
    this.#f.set(number, piece)
    this.#counters.push(number)
    body()
    this.#counters.pop()
  }

  eachPiece(kernel: Kernel, body: (piece: Local) => void): void {
    const piece = this.#f.local("i32", "own")
    this.#f.forRange(piece, 0, piecesOf(kernel), 1, () => body(piece))
  }

  call(kernel: Kernel, piece: Local): void {
    const f = this.#f
    const callee = this.#functions.get(kernel)
    if (callee === undefined) throw new Error("a kernel of the program has no function")
    f.localGet(this.#args)
    f.localGet(piece)
    f.localGet(this.#scratch)
    for (const counter of this.#counters) f.localGet(counter)
    f.call(callee)
  }

  repeat({ name, extent }: Axis, body: () => void): void {
    const f = this.#f
    const counter = f.local("i32", name)
    f.set(counter, 0)
    this.#counters.push(counter)
    f.loop((again) => {
      body()
      f.increment(counter, 1)
      f.localGet(counter)
      f.i32.const(extent)
      f.i32.lt_u()
      f.brIf(again)
    })
    this.#counters.pop()
  }

  whileTrue(predicate: Buffer, condition: () => void, body: () => void): void {
    const f = this.#f
    f.block((exit) => {
      f.loop((again) => {
        condition()
        f.i32.load8_u(this.#pushBase(predicate))
        f.i32.eqz()
        f.brIf(exit)
        body()
        f.br(again)
      })
    })
  }

  choose(index: Buffer, branches: readonly (() => void)[]): void {
    const f = this.#f
    const chosen = f.local("i32", "chosen")
    f.i32.load(this.#pushBase(index))
    f.localSet(chosen)
    const from = (k: number): void => {
      if (k === branches.length - 1) {
        branches[k]()
        return
      }
      const isChosen = (): void => {
        f.localGet(chosen)
        f.i32.const(k)
        f.i32.le_s()
      }
      f.if_(isChosen, branches[k], () => from(k + 1))
    }
    from(0)
  }

  /** Pushes where a buffer's memory starts; the offset behind that is returned. */
  #pushBase(buffer: Buffer): number {
    const f = this.#f
    const storage = this.#program.storage.get(buffer)
    if (storage === undefined) throw new Error(`buffer ${buffer.name} has no place`)
    if (storage.kind === "private") {
      f.localGet(this.#scratch)
      return storage.offset
    }
    f.localGet(this.#args)
    if (storage.kind === "arena") {
      f.i32.load(4 * arenaWord)
      return storage.offset
    }
    const { number } = storage
    f.i32.load(
      4 * (storage.kind === "input" ? inputWord(number) : outputWord(this.#program, number)),
    )
    return 0
  }
}
