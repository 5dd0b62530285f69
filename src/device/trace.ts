/** Traces: what every thread did when, in one run of a program. */

import { iterations, type Kernel, kernelsOf, type Step } from "../schedule/index.ts"

/** A stretch of a thread's time. */
export interface TraceEvent {
  readonly thread: number
  /** What was done, for people; "wait" while waiting for other threads. */
  readonly label: string
  /** The number of the kernel, or of the kernels that one thread does in order; none for a wait. */
  readonly group: number | undefined
  readonly piece: number
  /** Seconds since the run began. */
  readonly start: number
  readonly end: number
}

export interface Trace {
  readonly device: string
  readonly threads: number
  readonly seconds: number
  /** By their beginning. */
  readonly events: readonly TraceEvent[]
}

/** What some steps do, in a few words with sizes. */
export function labelOf(steps: readonly Step[]): string {
  const kernels = kernelsOf(steps)
  const names = [...new Set(kernels.map(labelOfKernel))]
  const shown = names.slice(0, 2).join(", ")
  return names.length > 2 ? `${shown} and ${names.length - 2} more` : shown
}

function labelOfKernel(kernel: Kernel): string {
  switch (kernel.kind) {
    case "loop": {
      const { axes, reduced, accumulators } = kernel
      if (accumulators.length === 0) return `map of ${count(iterations(axes))}`
      return `reduction of ${count(iterations([...axes, ...reduced]))} to ${count(iterations(axes))}`
    }
    case "contraction": {
      const sides = [kernel.rows, kernel.depth, kernel.columns].map(iterations)
      const batch = iterations(kernel.batch)
      return `contraction ${batch === 1 ? "" : `${count(batch)} of `}${sides.join("×")}`
    }
    case "scan":
      return `scan of ${count(iterations([...kernel.axes, kernel.along]))}`
    case "scatter":
      return `scatter of ${count(iterations([...kernel.axes, ...kernel.steps]))}`
    case "sort":
      return `sort of ${count(kernel.rows.extent)} × ${count(kernel.stretch)}`
    case "merge":
      return `merge of runs of ${count(kernel.run)}`
  }
}

function count(n: number): string {
  return n.toLocaleString("en-US")
}

/**
 * The chain of events that set the length of a run, first to last: before each event stands the one
 * that it waited for. That is what its thread did before; behind a wait for others, what ended last
 * on any thread.
 */
export function chainOf({ events }: Trace): readonly TraceEvent[] {
  const busy = events.filter(({ group }) => group !== undefined)
  const before = new Map<TraceEvent, TraceEvent>()
  const last = new Map<number, TraceEvent>()
  for (const event of events) {
    const previous = last.get(event.thread)
    if (previous !== undefined) before.set(event, previous)
    last.set(event.thread, event)
  }
  const byEnd = busy.toSorted((a, b) => a.end - b.end)
  const chain: TraceEvent[] = []
  let event = byEnd.at(-1)
  while (event !== undefined) {
    chain.unshift(event)
    let previous = before.get(event)
    if (previous !== undefined && previous.group === undefined) {
      const { end } = previous
      const { start } = event
      previous = byEnd.findLast((other) => other.end <= end && other.end <= start)
    }
    event = previous
  }
  return chain
}
