/**
 * What a fit gives: a network in use, with the record of how it came about; and the folder that it
 * is kept in: network.json, weights.safetensors and report.html.
 */

import { type Files, filesOf, type HeldFiles, machineFiles, pathIn } from "../data/index.ts"
import { type DescriptionForm, decodeDescription, encodeDescription } from "./description.ts"
import { requireReplaceable, writeFolder } from "./folder.ts"
import type { FitRecord } from "./record.ts"
import { decodeSafetensors, encodeSafetensors } from "./safetensors.ts"
import type { Fitted, FittedParts, Predictions } from "./solver.ts"
import { solvers } from "./solvers.ts"
import type { Task } from "./task.ts"
import { checkpointBeside, checkpointFile } from "./training/checkpoint.ts"

const descriptionFile = "network.json"
const weightsFile = "weights.safetensors"
const reportFile = "report.html"
const form: DescriptionForm = { of: "network", format: "tradespace network", version: 1 }

/** Files beside those that a fit writes, which go when it writes its folder. */
const passing = [checkpointFile, checkpointBeside, "network.onnx", "function.js"]

/**
 * Asks, before a fit begins, whether its result may be written into a folder.
 * @throws Error when the folder holds something else, or is a file.
 * @example
 * // Not run: it reads files.
 * await requireFreeFolder("out/houses")
 */
export async function requireFreeFolder(folder: string): Promise<void> {
  await requireReplaceable(folder, [descriptionFile, weightsFile, reportFile, ...passing])
}

export class FittedNetwork {
  readonly fitted: Fitted
  readonly record: FitRecord
  /** The report, as one HTML page. */
  readonly report: string

  constructor(fitted: Fitted, record: FitRecord, report: string) {
    this.fitted = fitted
    this.record = record
    this.report = report
  }

  get task(): Task {
    return this.fitted.task
  }

  /** Predictions for rows as JSON gives them: objects of columns and cells, for a table. */
  predict(rows: readonly unknown[]): Promise<Predictions> {
    return this.fitted.predict(rows)
  }

  /**
   * Predictions for what a file holds.
   * @param held where it is to be found: bytes or files in memory; on this machine unless given
   */
  predictFile(path: string, held?: HeldFiles): Promise<Predictions> {
    return this.fitted.predictFile(path, held && filesOf(held))
  }

  /**
   * The same some rows at a time, so that a large table is held neither as it is nor as predictions;
   * other kinds of data come as one part. What was out of the ordinary comes with the last.
   */
  async *predictParts(path: string, held?: HeldFiles): AsyncGenerator<Predictions, void> {
    const { fitted } = this
    if (fitted.predictParts === undefined) yield await this.predictFile(path, held)
    else yield* fitted.predictParts(path, held && filesOf(held))
  }

  /**
   * Writes the folder, all at once: it is whole at every moment.
   * @throws Error when the folder holds something else, or cannot be written.
   */
  async save(folder: string): Promise<void> {
    await writeFolder(folder, this.toFiles(), passing)
  }

  /** The files of its folder by name, as {@link loadNetwork} reads them: to be kept anywhere. */
  toFiles(): Map<string, Uint8Array> {
    const { task, network, preprocessing, weights } = this.fitted
    const content = { task, network: network.settings, preprocessing, record: this.record }
    const encoder = new TextEncoder()
    return new Map([
      [descriptionFile, encoder.encode(encodeDescription(form, content))],
      [weightsFile, encodeSafetensors(weights)],
      [reportFile, encoder.encode(this.report)],
    ])
  }
}

/**
 * Reads a fitted network from its folder, or from the files of one by their names.
 * @throws Error in one sentence when the folder holds no network, one of another version, or
 * weights that are cut short or belong to another network.
 * @example
 * // Not run: it reads files.
 * const network = await loadNetwork("out/houses")
 * const { rows } = await network.predict([{ rooms: 5, age: 20 }])
 * const same = await loadNetwork(network.toFiles())
 */
export async function loadNetwork(from: string | HeldFiles): Promise<FittedNetwork> {
  const folder = typeof from === "string" ? from : ""
  const files = typeof from === "string" ? machineFiles : filesOf(from)
  const place = pathIn(folder, descriptionFile)
  const text = new TextDecoder().decode(await read(files, folder, descriptionFile))
  const { parts, record } = parse(text, place)
  const name = pathIn(folder, weightsFile)
  const weights = decodeSafetensors(await read(files, folder, weightsFile), name)
  const report = new TextDecoder().decode(await read(files, folder, reportFile))
  const solver = solvers.find(({ kind }) => kind === parts.task.kind)
  if (solver === undefined) {
    throw new SyntaxError(`${place} describes a network of the unknown kind "${parts.task.kind}"`)
  }
  try {
    return new FittedNetwork(solver.restore({ ...parts, weights }), record, report)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`${folder || "what is given"} holds no usable network: ${reason}`, {
      cause: error,
    })
  }
}

async function read(files: Files, folder: string, file: string): Promise<Uint8Array> {
  try {
    return await files.read(pathIn(folder, file))
  } catch (error) {
    const begun = await files.readStart(pathIn(folder, checkpointFile), 1).catch(() => undefined)
    const what = folder || "what is given"
    throw new Error(
      begun === undefined
        ? `${what} holds no fitted network: its ${file} cannot be read; name a folder that tradespace fit has written`
        : `${what} holds a fit that was not ended: go on with it by tradespace fit --resume ${folder}`,
      { cause: error },
    )
  }
}

/** The description, checked as far as its own form goes. */
function parse(
  text: string,
  place: string,
): { readonly parts: Omit<FittedParts, "weights">; readonly record: FitRecord } {
  const { found, fail } = decodeDescription(text, place, form)
  const { task, network, preprocessing, record } = found
  if (!isTask(task)) return fail("its task must have a kind, a goal and inputs")
  if (!isSettings(network)) return fail("its network must have an architecture")
  if (!isRecord(record)) return fail("its record must name the source")
  return { parts: { task, network, preprocessing }, record }
}

function isTask(value: unknown): value is Task {
  const { kind, goal, inputs }: Partial<Record<string, unknown>> = Object(value)
  return typeof kind === "string" && typeof goal === "string" && Array.isArray(inputs)
}

function isSettings(value: unknown): value is FittedParts["network"] {
  const { architecture }: Partial<Record<string, unknown>> = Object(value)
  return typeof architecture === "string"
}

function isRecord(value: unknown): value is FitRecord {
  const { source, history }: Partial<Record<string, unknown>> = Object(value)
  return typeof source === "string" && Array.isArray(history)
}
