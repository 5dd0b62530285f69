/**
 * Fitted networks on disk: a folder with network.json, which says what the network is, and
 * weights.safetensors, which holds its arrays.
 */

import { Network } from "../nn/index.ts"
import { ImageClassifier } from "./classifier.ts"
import { writeFolder } from "./folder.ts"
import { decodeSafetensors, encodeSafetensors } from "./safetensors.ts"

const descriptionFile = "network.json"
const weightsFile = "weights.safetensors"
const format = "tradespace image classifier"
/** Grows when older readers could not read what is written. */
const version = 1

/**
 * Writes a classifier into a folder, all at once: the folder is whole at every moment.
 * @throws Error when the folder holds something else, or cannot be written.
 * @example
 * // Not run: it reads files.
 * await save(await load("out/digits"), "out/copy")
 */
export async function save(classifier: ImageClassifier, folder: string): Promise<void> {
  const description = { format, version, ...classifier.definition }
  await writeFolder(
    folder,
    new Map<string, string | Uint8Array>([
      [descriptionFile, `${JSON.stringify(description, null, 2)}\n`],
      [weightsFile, encodeSafetensors(classifier.weights)],
    ]),
  )
}

/**
 * Reads a classifier from a folder.
 * @throws Error in one sentence when the folder holds no network, one of another version, or
 * weights that are cut short or belong to another network.
 * @example
 * // Not run: it reads files.
 * const classifier = await load("out/digits")
 * classifier.classes
 */
export async function load(folder: string): Promise<ImageClassifier> {
  const { join } = await import("node:path")
  const place = join(folder, descriptionFile)
  const text = new TextDecoder().decode(await read(place, folder))
  const { network, scaling } = parse(text, place)
  const name = join(folder, weightsFile)
  const weights = decodeSafetensors(await read(name, folder), name)
  try {
    return new ImageClassifier({ network, scaling }, weights)
  } catch (error) {
    throw new Error(`${folder} holds no usable network: ${reasonOf(error)}`, { cause: error })
  }
}

async function read(file: string, folder: string): Promise<Uint8Array> {
  const { readFile } = await import("node:fs/promises")
  const { basename } = await import("node:path")
  try {
    return await readFile(file)
  } catch (error) {
    throw new Error(
      `${folder} holds no fitted network: its ${basename(file)} cannot be read; name a folder ` +
        "that tradespace fit has written",
      { cause: error },
    )
  }
}

/** The description, checked as far as its own form goes. */
function parse(text: string, place: string): ImageClassifier["definition"] {
  const fail = (what: string, cause?: unknown): never => {
    throw new SyntaxError(`${place} describes no network: ${what}`, { cause })
  }
  let found: Partial<Record<string, unknown>> = {}
  try {
    found = Object(JSON.parse(text))
  } catch (error) {
    return fail("it is not JSON", error)
  }
  if (found.format !== format) return fail(`its format is not "${format}"`)
  if (found.version !== version) {
    return fail(`it is of version ${found.version}, where version ${version} is read`)
  }
  const { network, scaling } = found
  if (!isScaling(scaling)) return fail("its scaling must have a mean and a deviation")
  if (!isDefinition(network)) return fail("its network must have an input and a list of layers")
  try {
    const { input, layers } = new Network(network.input, network.layers)
    return { network: { input, layers }, scaling }
  } catch (error) {
    return fail(reasonOf(error), error)
  }
}

function isScaling(value: unknown): value is ImageClassifier["definition"]["scaling"] {
  const { mean, deviation }: Partial<Record<string, unknown>> = Object(value)
  return Number.isFinite(mean) && Number.isFinite(deviation)
}

function isDefinition(value: unknown): value is ImageClassifier["definition"]["network"] {
  const { input, layers }: Partial<Record<string, unknown>> = Object(value)
  return (
    Array.isArray(input) &&
    input.every((extent) => Number.isInteger(extent) && extent > 0) &&
    Array.isArray(layers)
  )
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
