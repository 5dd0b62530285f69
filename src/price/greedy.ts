/**
 * Greedy schedules: no thread is idle while an operation waits for one.
 *
 * As in the price, arrays are the unit of waiting: an equation starts when its operands are
 * complete and then takes its own trees level by level, all of a level before the next. The
 * operations nearest to the end of the longest chain that still lies ahead go first (Hu 1961), the
 * earlier equation where two are equal.
 */

import type { Graph, Variable } from "../graph/index.ts"
import { costOf } from "./rules.ts"

/** An equation as a scheduler sees it. */
export interface Job {
  /** Operations of each level; every level waits for all of the one before. */
  readonly levels: readonly number[]
  /** The jobs, by place in the list and all before this one, that must be complete. */
  readonly after: readonly number[]
}

/** Levels beyond which a graph counts as too large to be simulated. */
const mostLevels = 2 ** 18

/**
 * A graph's jobs: an equation without operations passes on what it waits for.
 * @returns undefined where a size is symbolic, the price of an equation is only a bound, or the
 *   graph has too many levels.
 */
export function jobsOf(graph: Graph): readonly Job[] | undefined {
  const waits = new Map<Variable, readonly number[]>()
  const jobs: Job[] = []
  let total = 0
  for (const equation of graph.equations) {
    const { work, span, at } = costOf(equation)
    if (typeof work !== "number" || typeof span !== "number") return undefined
    total += span
    if (total > mostLevels) return undefined
    const after = [...new Set(equation.operands.flatMap((operand) => waits.get(operand) ?? []))]
    const levels = Array.from({ length: span }, (_, step) => Number(at(step)))
    if (levels.reduce((sum, level) => sum + level, 0) !== work) return undefined
    const through = span === 0 ? after : [jobs.push({ levels, after }) - 1]
    for (const result of equation.results) waits.set(result, through)
  }
  return jobs
}

/** Steps from a job's end to the end of the longest chain after it. */
export function stepsAfter(jobs: readonly Job[]): readonly number[] {
  const rest = jobs.map(() => 0)
  for (let i = jobs.length - 1; i >= 0; i--) {
    const { levels, after } = jobs[i]
    for (const before of after) rest[before] = Math.max(rest[before], rest[i] + levels.length)
  }
  return rest
}

/**
 * The steps that a greedy schedule takes on some number of threads, at least 1.
 *
 * Takes time proportional to levels × log(jobs), whatever the sizes are.
 */
export function greedySteps(jobs: readonly Job[], threads: number): number {
  const rest = stepsAfter(jobs)
  const waiting = jobs.map(({ after }) => after.length)
  const followers = jobs.map((): number[] => [])
  for (const [i, { after }] of jobs.entries()) for (const before of after) followers[before].push(i)
  const ready = new ReadyJobs()
  const state = jobs.map(({ levels }) => ({ level: 0, left: levels[0] }))
  const offer = (i: number): void => ready.push(i, jobs[i].levels.length - state[i].level + rest[i])
  for (const [i, count] of waiting.entries()) if (count === 0) offer(i)
  let steps = 0
  for (let first = ready.pop(); first !== undefined; first = ready.pop()) {
    const whole = Math.floor(state[first].left / threads)
    if (whole > 1) {
      // The first job keeps all threads busy for so many steps; one is left for what follows.
      state[first].left -= (whole - 1) * threads
      steps += whole - 1
    }
    const served: number[] = []
    let free = threads
    for (
      let i: number | undefined = first;
      i !== undefined;
      i = free > 0 ? ready.pop() : undefined
    ) {
      const taken = Math.min(free, state[i].left)
      state[i].left -= taken
      free -= taken
      served.push(i)
    }
    steps++
    for (const i of served) {
      if (state[i].left > 0) offer(i)
      else if (++state[i].level < jobs[i].levels.length) {
        state[i].left = jobs[i].levels[state[i].level]
        offer(i)
      } else for (const next of followers[i]) if (--waiting[next] === 0) offer(next)
    }
  }
  return steps
}

/** The jobs that have operations to do, the most urgent first: a binary heap. */
class ReadyJobs {
  readonly #heap: { readonly job: number; readonly urgency: number }[] = []

  push(job: number, urgency: number): void {
    let place = this.#heap.push({ job, urgency }) - 1
    while (place > 0 && this.#precedes(place, (place - 1) >> 1)) {
      this.#swap(place, (place - 1) >> 1)
      place = (place - 1) >> 1
    }
  }

  pop(): number | undefined {
    if (this.#heap.length === 0) return undefined
    this.#swap(0, this.#heap.length - 1)
    const top = this.#heap.pop()
    for (let place = 0; ; ) {
      const [left, right] = [2 * place + 1, 2 * place + 2]
      const child = right < this.#heap.length && this.#precedes(right, left) ? right : left
      if (child >= this.#heap.length || !this.#precedes(child, place)) return top?.job
      this.#swap(child, place)
      place = child
    }
  }

  #precedes(a: number, b: number): boolean {
    const [x, y] = [this.#heap[a], this.#heap[b]]
    return x.urgency > y.urgency || (x.urgency === y.urgency && x.job < y.job)
  }

  #swap(a: number, b: number): void {
    const kept = this.#heap[a]
    this.#heap[a] = this.#heap[b]
    this.#heap[b] = kept
  }
}
