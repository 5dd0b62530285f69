/** Time on every number of threads, and space and time on a machine, as tables. */

import { alignColumns, printAmount, printSeconds } from "./columns.ts"
import type { Burden, ParallelTime, StepsOn } from "./parallel.ts"
import type { Spacetime } from "./spacetime.ts"

/** Rows up to which every number of threads has its own. */
const everyThread = 16

/** The numbers of threads that a table up to some number shows: all, or powers of two. */
export function threadCounts(most: number, useful: number): readonly number[] {
  if (most <= everyThread) return Array.from({ length: most }, (_, i) => i + 1)
  const doublings = Array.from({ length: Math.floor(Math.log2(most)) + 1 }, (_, i) => 2 ** i)
  const chosen = [...doublings, most, ...(useful >= 1 && useful < most ? [useful] : [])]
  return [...new Set(chosen)].sort((a, b) => a - b)
}

/**
 * Steps and speed-up for up to so many threads, and where more of them gain nothing; with a burden
 * also the speed-up that meetings leave at least.
 */
export function printParallelTime(time: ParallelTime, most: number, burden?: Burden): string {
  const counts = threadCounts(most, time.useful.threads)
  const rows = counts.map((threads) => {
    const { least, most, greedy } = time.on(threads)
    return [
      String(threads),
      greedy === undefined ? `${least} to ${most}` : String(greedy),
      speedup(time.work, { threads, least, most, greedy }),
      String(least),
      String(most),
      ...(burden === undefined ? [] : [printAmount(burden.leastSpeedup(threads))]),
    ]
  })
  const head = ["threads", "steps", "speed-up", "at least", "at most"]
  const { threads, least } = time.useful
  return [
    ...alignColumns([[...head, ...(burden === undefined ? [] : ["burdened speed-up"])], ...rows]),
    "",
    time.simulated
      ? "steps are those of a greedy schedule; no schedule takes fewer than at least, " +
        "no greedy one more than at most"
      : "steps are bounded, not simulated: the graph is too large for it, or priced by bounds",
    least || !time.simulated
      ? `parallelism ${printAmount(time.parallelism)}; nothing is gained beyond ${threads} threads`
      : `parallelism ${printAmount(time.parallelism)}; nothing is gained beyond ${threads} ` +
        "threads, perhaps fewer",
  ].join("\n")
}

function speedup(work: number, { least, most, greedy }: StepsOn): string {
  const times = (steps: number): string => (steps === 0 ? "1" : printAmount(work / steps))
  return greedy === undefined ? `${times(most)} to ${times(least)}` : times(greedy)
}

/** The burdened span, and what it leaves of the speed-up. */
export function printBurden(burden: Burden, barrierSteps: number, threads: number): string {
  const { span, plainSpan } = burden
  const meetings = barrierSteps === 0 ? 0 : Math.round((span - plainSpan) / barrierSteps)
  const [least, most] = [burden.leastSpeedup(threads), burden.mostSpeedup(threads)]
  const range = [...new Set([printAmount(least), printAmount(most)])].join(" to ")
  const who = threads === 1 ? "1 thread is" : `${threads} threads are`
  const verdict = least < 1 && threads > 1 ? ": they may cost more than they gain" : ""
  const told = verdict === "" ? ", meetings included" : verdict
  return [
    `burdened span ${printWhole(span)}: span ${plainSpan}, and ${meetings} ` +
      `${meetings === 1 ? "meeting" : "meetings"} of ${printWhole(barrierSteps)} steps each on ` +
      "the longest chain",
    `${who} ${range} times as fast as one${told}`,
  ].join("\n")
}

function printWhole(steps: number): string {
  return String(Math.round(steps))
}

/** How a machine's time is made, and what its bounds leave, in lines. */
export function printSpacetime(rows: readonly Spacetime[]): string {
  const [{ machine, threads, steps, seconds, limitedBy }] = rows
  const slacks = rows.flatMap(({ lightCrossing, causalDiamond }) =>
    [lightCrossing, causalDiamond].flatMap((check) => (check === undefined ? [] : [check.slack])),
  )
  return [
    `${machine}: ${threads} of its lanes, ${steps} steps, ${printSeconds(seconds)} at its peak, ` +
      `set by ${limitedBy === "threads" ? "its operations" : "memory traffic"}`,
    ...(slacks.length === 0
      ? []
      : [
          "no signal crosses that space sooner, and no machine of that density does the operations",
          `sooner; these bounds are at least ${printAmount(Math.min(...slacks))} times below its time`,
        ]),
  ].join("\n")
}
