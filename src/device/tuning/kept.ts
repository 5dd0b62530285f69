/** Tunings are kept on disk for each machine, under Node, beside its calibrations. */

import type { RegisterTile, Target } from "../../schedule/index.ts"
import { DeviceError } from "../device.ts"
import { cacheFolder, hasFiles, hostName, keepDocument, textOf } from "../kept-file.ts"
import { codeOfSearch, searchTuning, type TuningDevice } from "./search.ts"
import {
  readTuning,
  type Shapes,
  type Tune,
  type Tuning,
  tilesToTry,
  tunedTarget,
  tuningOf,
} from "./tuning.ts"

export interface TuneOptions {
  /**
   * When tiles and blocks that suit the processor are looked for, for some two seconds: "unknown" (unless
   * given) where the table was not measured on such a processor, "always" on every one, "never" nowhere:
   * programs are then cut alike on every machine. What was found is kept for the machine. Results have
   * the same bits in any case. In a page nothing is kept, and only "always" looks.
   */
  readonly tune?: Tune
  /** Where to keep what was found; the user's cache folder unless given. */
  readonly tuningFolder?: string
}

/** A device before it is opened, as far as the search is concerned. */
export interface Untuned {
  readonly name: string
  readonly threads: number
  readonly table: Target
  /** Whether the table was measured on a processor of this kind. */
  readonly isMeasured: boolean
  /** Which register tiles are tried beside the table's. */
  readonly shapes: Shapes
  /** The processor and what makes its code, beside the host's own name. */
  readonly machine: string
  /** Opens the device with its table, to be closed after the search. */
  open(): Promise<TuningDevice>
}

interface Kept {
  readonly code: string
  readonly machine: string
  readonly tuning: Tuning
}

/** Searches come one after another: they would disturb each other. */
let last: Promise<unknown> = Promise.resolve()

/** What a device's programs are scheduled for: its table, or what a search found, now or before. */
export async function targetFor(
  untuned: Untuned,
  { tune = "unknown", tuningFolder }: TuneOptions,
): Promise<Target> {
  const { table, isMeasured } = untuned
  if (tune === "never" || (tune === "unknown" && (isMeasured || !hasFiles()))) return table
  const found = last.then(() => readOrSearch(untuned, tuningFolder))
  last = found.catch(() => {})
  return tunedTarget(table, await found)
}

async function readOrSearch(untuned: Untuned, folder: string | undefined): Promise<Tuning> {
  const { name, threads, table, shapes, machine } = untuned
  const tried = tilesToTry(table, shapes)
  if (!hasFiles()) return search(untuned, tried)
  const { join } = await import("node:path")
  const file = join(folder ?? (await cacheFolder()), `tuning-${name}-${threads}.json`)
  const code = codeOfSearch(name, table, tried, threads)
  const host = `${await hostName()} ${machine}`
  const kept = keptTuning(await textOf(file), { code, machine: host }, tried)
  if (kept !== undefined) return kept
  console.warn(
    `tradespace: ${name} looks for the tiles that suit this processor, once for this machine, in a few seconds`,
  )
  try {
    const tuning = await search(untuned, tried)
    await keepDocument(file, { code, machine: host, tuning } satisfies Kept)
    return tuning
  } catch (error) {
    // Where programs cannot be made or run now, those to come will tell; the next process tries again.
    if (error instanceof DeviceError) return tuningOf(table)
    throw error
  }
}

async function search({ table, open }: Untuned, tried: readonly RegisterTile[]): Promise<Tuning> {
  const device = await open()
  try {
    return await searchTuning(device, table, tried)
  } finally {
    await device.close()
  }
}

/** The tuning in a kept text, unless it is broken, or of another machine or other code. */
function keptTuning(
  text: string,
  { code, machine }: Pick<Kept, "code" | "machine">,
  tried: readonly RegisterTile[],
): Tuning | undefined {
  try {
    const kept: Partial<Record<keyof Kept, unknown>> = Object(JSON.parse(text))
    if (kept.code !== code || kept.machine !== machine) return undefined
    return readTuning(kept.tuning, tried)
  } catch {
    return undefined
  }
}
