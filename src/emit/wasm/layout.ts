/**
 * The block of shared memory by which a host hands one run to a program's threads: its `main`
 * takes the block's address as `args`.
 *
 *     words (32 bits)
 *     0           address of the arena
 *     1           address of scratch memory; thread t uses scratch + t·program.scratchBytes
 *     2           how often a thread looks for the others at a barrier before it sleeps
 *     3           address of the word that tells who is at the run (see meeting.ts)
 *     4 …         addresses of the inputs, then of the outputs
 *     after them, from the next cache line on:
 *     …           one counter per group of kernels                zeroed before each run
 */

import type { Program } from "../../schedule/index.ts"
import { planStages } from "../stages.ts"

/** What threads write stands on cache lines of its own. */
const lineWords = 16

export const arenaWord = 0
export const scratchWord = 1
export const spinsWord = 2
export const presenceWord = 3
const firstPointerWord = 4

/** The word that holds the address of an input. */
export function inputWord(number: number): number {
  return firstPointerWord + number
}

/** The word that holds the address of an output. */
export function outputWord(program: Program, number: number): number {
  return firstPointerWord + program.inputs.length + number
}

/** The word that counts the pieces taken of a group of kernels. */
export function counterWord(program: Program, group: number): number {
  const pointers = outputWord(program, program.outputs.length)
  return Math.ceil(pointers / lineWords) * lineWords + group
}

/** Bytes of a program's args block: a multiple of 64. It must be aligned to 64 bytes. */
export function argsBytes(program: Program): number {
  const words = counterWord(program, planStages(program).groups)
  return 4 * Math.ceil(words / lineWords) * lineWords
}

/** Byte addresses in the shared memory, for one run. */
export interface RunAddresses {
  /** One per input and per output of the program; a donated input's may also be an output's. */
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
  /** program.arenaBytes bytes; any address where that is 0. */
  readonly arena: number
  /** threads · program.scratchBytes bytes; any address where that is 0. */
  readonly scratch: number
  /** How often a thread looks for the others at a barrier before it sleeps. */
  readonly spins: number
  /** Where it stands who is at the run; any address for a run on one thread. */
  readonly presence: number
}

/**
 * Fills a program's args block for one run: everything that must be zero is zeroed.
 * `block` is a view of the {@link argsBytes} bytes of the shared memory.
 */
export function writeArgs(block: Int32Array, program: Program, run: RunAddresses): void {
  block.fill(0)
  block[arenaWord] = run.arena
  block[scratchWord] = run.scratch
  block[spinsWord] = run.spins
  block[presenceWord] = run.presence
  block.set(run.inputs, inputWord(0))
  block.set(run.outputs, outputWord(program, 0))
}
