/** A program as its threads go through it: what is done between one meeting and the next. */

import { type Group, planStages, type Stage } from "../emit/index.ts"
import {
  type Access,
  type ControlStep,
  costOfKernel,
  isControlStep,
  type Kernel,
  type KernelCost,
  kernelsOf,
  type Program,
  piecesOfStep,
  type Step,
  type Target,
  type WhileStep,
  wasmTarget,
} from "../schedule/index.ts"
import { Reuse } from "./reuse.ts"

/** Memory that one run of a kernel reads or writes, and how far back it was touched before. */
export interface Traffic extends Omit<Access, "buffer"> {
  /** Bytes of different memory that were touched since. */
  readonly reach: number
}

export interface KernelRuns {
  readonly kernel: Kernel
  readonly cost: KernelCost
  /** How often the kernel runs in a section. */
  readonly times: number
  readonly traffic: readonly Traffic[]
}

/** What one counter hands out: one kernel in pieces, rounds, or kernels in order as one piece. */
export interface Work {
  readonly pieces: number
  readonly kernels: readonly KernelRuns[]
}

/** What threads do between two meetings. */
export interface Section {
  /** How often the program comes through here. */
  readonly times: number
  readonly works: readonly Work[]
}

export interface Sections {
  readonly sections: readonly Section[]
  /** How often threads meet in a run. */
  readonly meetings: number
  /** The most pieces of any kernel: no more threads than that are woken. */
  readonly pieces: number
  /** While loops, those inside of others left out, of which nobody knows how often they run. */
  readonly openLoops: number
}

const known = new WeakMap<Target, WeakMap<Program, Sections>>()

/**
 * The sections of a program that runs again and again, so that a run finds in the caches what the
 * one before left there. Of branches the one with the most instructions is taken. A while loop takes
 * the steps that it is expected to take, or one.
 * @param target what the program was scheduled for
 */
export function sectionsOf(program: Program, target = wasmTarget): Sections {
  let programs = known.get(target)
  if (programs === undefined) {
    programs = new WeakMap()
    known.set(target, programs)
  }
  let found = programs.get(program)
  if (found === undefined) {
    found = sectionsWith(program, target, (expected = 1) => expected)
    programs.set(program, found)
  }
  return found
}

/**
 * The steps that a while loop is taken for, expected or not, and within another one of which nobody
 * knows how often it runs or not.
 */
type WhileSteps = (expected: number | undefined, isInside: boolean) => number

/** The same, but with so many steps of while loops. */
export function sectionsWith(
  program: Program,
  target: Target | undefined,
  whileSteps: WhileSteps,
): Sections {
  const { stages } = planStages(program)
  const reuse = new Reuse(program)
  const costs = (kernel: Kernel): KernelCost => costOfKernel(kernel, target, program.storage)
  // Once to fill the caches.
  new Walk(reuse, costs, whileSteps).through(stages)
  const walk = new Walk(reuse, costs, whileSteps)
  walk.through(stages)
  const pieces = Math.max(1, ...program.steps.map(piecesOfStep))
  const { meetings } = walk
  return { sections: walk.finish(), meetings, pieces, openLoops: openLoopsIn(program.steps) }
}

function openLoopsIn(steps: readonly Step[]): number {
  return steps.reduce((count, step) => {
    if (step.kind === "repeat") return count + openLoopsIn(step.steps)
    if (step.kind === "branch") return count + openLoopsIn(step.branches.flat())
    if (step.kind !== "while") return count
    return count + (step.expected === undefined ? 1 : openLoopsIn(step.steps))
  }, 0)
}

class Walk {
  readonly #reuse: Reuse
  readonly #costs: (kernel: Kernel) => KernelCost
  readonly #sections: Section[] = []
  readonly #whileSteps: WhileSteps
  #works: Work[] = []
  #times = 1
  /** While loops around, of which nobody knows how often they run. */
  #open = 0
  meetings = 0

  constructor(reuse: Reuse, costs: (kernel: Kernel) => KernelCost, whileSteps: WhileSteps) {
    this.#reuse = reuse
    this.#costs = costs
    this.#whileSteps = whileSteps
  }

  finish(): readonly Section[] {
    this.#close()
    return this.#sections
  }

  through(stages: readonly Stage[]): void {
    for (const stage of stages) {
      if (stage.barrier) this.#meet()
      switch (stage.kind) {
        case "group":
          this.#works.push(this.#workOf(stage))
          break
        case "repetition":
          this.#round(stage.step.counter.extent, () => this.through(stage.stages))
          break
        case "condition":
          this.#stepping(stage.step, (steps) => {
            this.#round(steps, () => {
              this.through(stage.condition)
              this.#meet()
              this.through(stage.stages)
            })
            // Asked once more, for the last time.
            this.#round(1, () => this.through(stage.condition))
          })
          break
        case "choice":
          this.through(dearest(stage.branches))
          break
      }
    }
  }

  /** What a while loop does, for as many steps as it is supposed to take. */
  #stepping<T>({ expected }: WhileStep, through: (steps: number) => T): T {
    const steps = this.#whileSteps(expected, this.#open > 0)
    const isOpen = expected === undefined ? 1 : 0
    this.#open += isOpen
    const result = through(steps)
    this.#open -= isOpen
    return result
  }

  /** Rounds of a loop, with a meeting at the end of each. */
  #round(times: number, body: () => void): void {
    this.#close()
    const before = this.#times
    if (times > 1) {
      // The rounds after the first find what that one left: it counts for none.
      const { meetings } = this
      const sections = this.#sections.length
      body()
      this.#works = []
      this.#sections.length = sections
      this.meetings = meetings
    }
    this.#times = before * times
    body()
    this.#meet()
    this.#times = before
  }

  #meet(): void {
    this.#close()
    this.meetings += this.#times
  }

  #close(): void {
    if (this.#works.length > 0) this.#sections.push({ times: this.#times, works: this.#works })
    this.#works = []
  }

  #workOf({ steps, pieces }: Group): Work {
    return { pieces, kernels: this.#runsOf(steps, 1) }
  }

  #runsOf(steps: readonly Step[], times: number): readonly KernelRuns[] {
    return steps.flatMap((step) =>
      isControlStep(step) ? this.#runsInside(step, times) : [this.#runs(step, times)],
    )
  }

  #runsInside(step: ControlStep, times: number): readonly KernelRuns[] {
    switch (step.kind) {
      case "repeat": {
        const { extent } = step.counter
        // The rounds after the first find what that one left.
        if (extent > 1) this.#runsOf(step.steps, 0)
        return this.#runsOf(step.steps, times * extent)
      }
      case "while":
        return this.#stepping(step, (steps) => {
          if (steps > 1) this.#runsOf([...step.condition, ...step.steps], 0)
          return [
            ...this.#runsOf(step.condition, times * (steps + 1)),
            ...this.#runsOf(step.steps, times * steps),
          ]
        })
      case "branch":
        return this.#runsOf(dearestSteps(step.branches), times)
    }
  }

  #runs(kernel: Kernel, times: number): KernelRuns {
    const cost = this.#costs(kernel)
    const traffic = cost.accesses.map(({ buffer, ...access }) => ({
      ...access,
      reach: this.#reuse.touch(buffer),
    }))
    return { kernel, cost, times, traffic }
  }
}

function instructionsOf(kernels: readonly Kernel[]): number {
  let count = 0
  for (const kernel of kernels) {
    for (const each of costOfKernel(kernel).instructions.values()) count += each
  }
  return count
}

function dearestSteps(branches: readonly (readonly Step[])[]): readonly Step[] {
  return branches.reduce((a, b) =>
    instructionsOf(kernelsOf(b)) > instructionsOf(kernelsOf(a)) ? b : a,
  )
}

function dearest(branches: readonly (readonly Stage[])[]): readonly Stage[] {
  const weights = branches.map((stages) => instructionsOf(stages.flatMap(kernelsOfStage)))
  return branches[weights.indexOf(Math.max(...weights))] ?? []
}

function kernelsOfStage(stage: Stage): readonly Kernel[] {
  return stage.kind === "group" ? kernelsOf(stage.steps) : kernelsOf([stage.step])
}
