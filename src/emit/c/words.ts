/**
 * The block of memory by which a host hands one run to a program's threads, in 64-bit words:
 *
 *     0           address of the arena
 *     1           address of scratch memory; thread t uses scratch + t·program.scratchBytes
 *     2, 3        the function by which threads meet, and what it is given; the runtime's
 *     4 …         addresses of the inputs, then of the outputs
 *     after them, from the next cache line on:
 *     …           one 32-bit counter per group of kernels, zeroed before each run
 */

import type { Buffer, Program } from "../../schedule/index.ts"
import { planStages } from "../stages.ts"

/** 64-bit words of a cache line. */
const lineWords = 8

export const arenaWord = 0
export const scratchWord = 1
export const meetWord = 2
export const crewWord = 3
const firstPointerWord = 4

export function inputWord(number: number): number {
  return firstPointerWord + number
}

export function outputWord(program: Program, number: number): number {
  return firstPointerWord + program.inputs.length + number
}

/** The first of the words that hold counters. */
export function counterWord(program: Program): number {
  const pointers = outputWord(program, program.outputs.length)
  return Math.ceil(pointers / lineWords) * lineWords
}

/** Bytes of a program's block: a multiple of 64. */
export function blockBytes(program: Program): number {
  const counters = planStages(program).groups
  return 64 * Math.ceil((8 * counterWord(program) + 4 * counters) / 64)
}

/** Where a buffer's memory starts, as C. */
export function pointerOf(program: Program, buffer: Buffer): string {
  const storage = program.storage.get(buffer)
  if (storage === undefined) throw new Error(`buffer ${buffer.name} has no place`)
  switch (storage.kind) {
    case "arena":
      return `(args[${arenaWord}] + ${storage.offset})`
    case "private":
      return `(scratch + ${storage.offset})`
    case "input":
      return `args[${inputWord(storage.number)}]`
    case "output":
      return `args[${outputWord(program, storage.number)}]`
  }
}

/**
 * Makes a pointer one whose origin the compiler does not know. GCC 12 (`-fivopts`) counts one
 * pointer of a block by another, times four and less three, and then takes the function that
 * stores through it for one that stores nothing, and its call away.
 */
export function apart(pointer: string): string {
  return `__asm__("" : "+r"(${pointer}));`
}

/** Byte addresses, for one run. */
export interface RunWords {
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
  /** program.arenaBytes bytes; any address where that is 0. */
  readonly arena: number
  /** threads · program.scratchBytes bytes; any address where that is 0. */
  readonly scratch: number
}

/** The {@link blockBytes} bytes of a program's block for one run. */
export function writeWords(program: Program, run: RunWords): Uint32Array {
  const words = new Uint32Array(blockBytes(program) / 4)
  const set = (word: number, address: number): void => {
    words[2 * word] = address % 2 ** 32
    words[2 * word + 1] = Math.floor(address / 2 ** 32)
  }
  set(arenaWord, run.arena)
  set(scratchWord, run.scratch)
  const { inputs, outputs } = run
  for (let i = 0; i < inputs.length; i++) set(inputWord(i), inputs[i])
  for (let i = 0; i < outputs.length; i++) set(outputWord(program, i), outputs[i])
  return words
}
