/** A trace in the Trace Event Format, which Perfetto and Chrome's about:tracing read. */

import { chainOf, type Trace } from "../device/index.ts"

/** One complete event ("X") for each stretch of a thread, times in microseconds. */
export function traceDocument(trace: Trace, name: string): object {
  const { device, threads, events } = trace
  const chain = new Set(chainOf(trace))
  const naming = Array.from({ length: threads }, (_, tid) => ({
    name: "thread_name",
    ph: "M",
    pid: 1,
    tid,
    args: { name: `thread ${tid}` },
  }))
  return {
    displayTimeUnit: "ns",
    traceEvents: [
      { name: "process_name", ph: "M", pid: 1, args: { name: `${name} on ${device}` } },
      ...naming,
      ...events.map((event) => ({
        name: event.label,
        cat: event.group === undefined ? "wait" : "kernel",
        ph: "X",
        pid: 1,
        tid: event.thread,
        ts: 1e6 * event.start,
        dur: 1e6 * (event.end - event.start),
        args: { kernel: event.group, piece: event.piece, onChain: chain.has(event) },
      })),
    ],
  }
}
