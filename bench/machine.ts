/** The machine and the moment of a measurement. */

import { availableParallelism, cpus, loadavg, totalmem } from "node:os"

export interface Machine {
  /** ISO date and time. */
  readonly date: string
  readonly cpu: string
  readonly cores: number
  /** Bytes. */
  readonly memory: number
  readonly node: string
  readonly platform: string
  /** Programs that wanted a core in the minute before, on average. */
  readonly load: number
}

export function describeMachine(): Machine {
  return {
    date: new Date().toISOString(),
    cpu: cpus()[0]?.model.trim() ?? "unknown processor",
    cores: availableParallelism(),
    memory: totalmem(),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    load: loadavg()[0] ?? 0,
  }
}

/** Whether other programs wanted cores before the measurement began. */
export function isBusy({ load }: Machine): boolean {
  return load > 0.5
}

/** One line about it; another says so where other programs were running. */
export function machineLines(machine: Machine): string[] {
  const { cpu, cores, memory, node, platform, date, load } = machine
  const lines = [
    `${cpu}, ${cores} cores, ${(memory / 2 ** 30).toFixed(0)} GiB, ${platform}, Node ${node}, ` +
      `${date.slice(0, 16).replace("T", " ")} UTC`,
  ]
  if (isBusy(machine)) {
    lines.push(
      `Other programs were running (load ${load.toFixed(1)} before the start): medians are ` +
        "the worse for it, and most for those who use all cores.",
    )
  }
  return lines
}
