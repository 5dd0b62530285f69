/** Records of a recording build, read as a trace. */

import { type Group, planStages, readRecord, type Stage } from "../../emit/index.ts"
import type { Program } from "../../schedule/index.ts"
import type { TypedArray } from "../../size/index.ts"
import type { Device } from "../device.ts"
import { labelOf, type Trace, type TraceEvent } from "../trace.ts"

/** The trace of the last run of a program on the first threads, from the record of each. */
export function traceOf({ name }: Device, program: Program, records: readonly TypedArray[]): Trace {
  const labels = new Map(
    groupsOf(planStages(program).stages).map(({ number, steps }) => [number, labelOf(steps)]),
  )
  const raw = records.flatMap((words, thread) => {
    if (!(words instanceof Int32Array)) throw new TypeError("records are int32 words")
    return readRecord(words).map((entry) => ({ thread, ...entry }))
  })
  const began = raw.reduce((least, { start }) => Math.min(least, start), Number.POSITIVE_INFINITY)
  const events = raw.map(({ thread, group, piece, start, end }): TraceEvent => {
    const label = group === undefined ? "wait" : (labels.get(group) ?? `kernel ${group}`)
    return { thread, label, group, piece, start: (start - began) / 1000, end: (end - began) / 1000 }
  })
  return {
    device: name,
    threads: records.length,
    seconds: events.reduce((most, { end }) => Math.max(most, end), 0),
    events: events.sort((a, b) => a.start - b.start || a.thread - b.thread),
  }
}

function groupsOf(stages: readonly Stage[]): readonly Group[] {
  return stages.flatMap(groupsIn)
}

function groupsIn(stage: Stage): readonly Group[] {
  switch (stage.kind) {
    case "group":
      return [stage]
    case "repetition":
      return groupsOf(stage.stages)
    case "condition":
      return groupsOf([...stage.condition, ...stage.stages])
    case "choice":
      return groupsOf(stage.branches.flat())
  }
}
