/** What was learnt of a function on disk: network.json, weights.safetensors, report.html, function.js. */

import { type DescriptionForm, decodeDescription, encodeDescription } from "../description.ts"
import { writeFolder } from "../folder.ts"
import { decodeSafetensors, encodeSafetensors, type Tensor } from "../safetensors.ts"
import { Box, type Domain } from "./domain.ts"
import { functionReport } from "./function-report.ts"
import { functionSource } from "./function-source.ts"
import {
  type GaussianProcessSettings,
  kernelNames,
  restoreGaussianProcess,
} from "./gaussian-process.ts"
import type { Learning } from "./learn.ts"
import type { EnsembleSettings } from "./learnt-ensemble.ts"
import { restoreEnsemble } from "./learnt-ensemble.ts"
import { type Learnt, Machine } from "./machine.ts"
import { Neighbours } from "./neighbours.ts"
import type { SurrogateReport } from "./report.ts"
import { OutputScaling, type ScaledOutput } from "./scaling.ts"

const form: DescriptionForm = { of: "function", format: "tradespace function", version: 1 }
const descriptionFile = "network.json"
const weightsFile = "weights.safetensors"

/** What a folder says of a function. */
export interface SavedFunction {
  readonly learning: Learning
  /** What was learnt, for people. */
  readonly source: string
}

export async function saveLearning(
  learning: Learning,
  folder: string,
  source: string,
): Promise<void> {
  const { machine, threshold, neighbours, report } = learning
  const content = {
    source,
    domain: machine.box.domain,
    learnt: machine.learnt.settings,
    scaling: machine.scaling.columns,
    threshold,
    report,
  }
  const tensors = new Map<string, Tensor>(machine.learnt.tensors)
  if (neighbours !== undefined) {
    const { points, valid } = neighbours
    const shape = [valid.length, points.length / valid.length]
    tensors.set("tried", { dtype: "float32", shape, data: points })
    tensors.set("valid", { dtype: "float32", shape: [valid.length], data: valid })
  }
  await writeFolder(
    folder,
    new Map<string, string | Uint8Array>([
      [descriptionFile, encodeDescription(form, content)],
      [weightsFile, encodeSafetensors(tensors)],
      ["report.html", functionReport(learning, source)],
      ["function.js", functionSource(learning, "surrogate")],
    ]),
    ["network.onnx"],
  )
}

/**
 * Whether a folder's description is of a function.
 * @example
 * // Not run: it reads files.
 * const isFunction = await isSavedFunction("out/pendulum")
 */
export async function isSavedFunction(folder: string): Promise<boolean> {
  const { join } = await import("node:path")
  const { readFile } = await import("node:fs/promises")
  try {
    const text = await readFile(join(folder, descriptionFile), "utf8")
    const found: Partial<Record<string, unknown>> = Object(JSON.parse(text))
    return found.format === form.format
  } catch {
    return false
  }
}

/**
 * Reads what was learnt of a function from its folder.
 * @throws Error in one sentence when the folder holds no function, one of another version, or
 * weights that are cut short or belong to another.
 */
export async function loadLearning(folder: string): Promise<SavedFunction> {
  const { join } = await import("node:path")
  const { readFile } = await import("node:fs/promises")
  const read = (file: string): Promise<Uint8Array> =>
    readFile(join(folder, file)).catch((error: unknown) => {
      throw new Error(
        `${folder} holds no learnt function: its ${file} cannot be read; name a folder that ` +
          "tradespace fit has written",
        { cause: error },
      )
    })
  const place = join(folder, descriptionFile)
  const description = parse(new TextDecoder().decode(await read(descriptionFile)), place)
  const tensors = decodeSafetensors(await read(weightsFile), join(folder, weightsFile))
  const { domain, learnt, scaling, threshold, report, source } = description
  try {
    const box = new Box(domain)
    const machine = new Machine(box, restore(learnt, tensors), new OutputScaling(scaling))
    const tried = tensors.get("tried")?.data
    const valid = tensors.get("valid")?.data
    const neighbours =
      tried instanceof Float32Array && valid instanceof Float32Array
        ? new Neighbours(box, tried, valid)
        : undefined
    return { learning: { machine, threshold, neighbours, report }, source }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`${folder} holds no usable function: ${reason}`, { cause: error })
  }
}

function restore(settings: Learnt["settings"], tensors: ReadonlyMap<string, Tensor>): Learnt {
  if (isEnsemble(settings)) return restoreEnsemble(settings, tensors)
  if (isProcess(settings)) return restoreGaussianProcess(settings, tensors)
  throw new SyntaxError(`its architecture ${settings.architecture} is none that is known`)
}

function isEnsemble(settings: Learnt["settings"]): settings is EnsembleSettings {
  const numbers: Partial<Record<string, unknown>> = { ...settings }
  const counts = ["members", "hidden", "features", "outputs"]
  return (
    settings.architecture === "ensemble" &&
    counts.every((name) => typeof numbers[name] === "number")
  )
}

function isProcess(settings: Learnt["settings"]): settings is GaussianProcessSettings {
  const { kernel, ...numbers }: Partial<Record<string, unknown>> = { ...settings }
  const counts = ["features", "outputs", "noise", "deviation"]
  return (
    settings.architecture === "gaussian-process" &&
    kernelNames.some((name) => name === kernel) &&
    counts.every((name) => typeof numbers[name] === "number")
  )
}

interface Description {
  readonly domain: Domain
  readonly learnt: Learnt["settings"]
  readonly scaling: readonly ScaledOutput[]
  readonly threshold: number
  readonly report: SurrogateReport
  readonly source: string
}

/** The description, checked as far as its own form goes. */
function parse(text: string, place: string): Description {
  const { found, fail } = decodeDescription(text, place, form)
  return isDescription(found) ? found : fail("its domain, scaling or report is lacking")
}

function isDescription(found: object): found is Description {
  const { domain, learnt, scaling, threshold, report, source }: Partial<Record<string, unknown>> = {
    ...found,
  }
  const objects = [domain, learnt, report].every((one) => typeof one === "object" && one !== null)
  const { architecture }: Partial<Record<string, unknown>> = Object(learnt)
  return (
    objects &&
    typeof architecture === "string" &&
    Array.isArray(scaling) &&
    typeof threshold === "number" &&
    typeof source === "string"
  )
}
