/** A fitted decoder in use: from the beginning of a text to what follows. */

import { jit, random } from "../../array/index.ts"
import type { Files, Tokenizer } from "../../data/index.ts"
import type { Calibration } from "../../device/index.ts"
import { type GenerationOptions, generate, type SamplingOptions } from "../../nn/index.ts"
import type { BatchNetwork } from "../networks/batch-network.ts"
import { type DecoderSettings, decoderLayers } from "../networks/decoder.ts"
import type { Fitted, JsonSchema, Predictions } from "../solver.ts"
import type { Task } from "../task.ts"
import { readAllWith } from "../training/inference.ts"
import { readoutOf } from "../training/programs.ts"
import { nestArrays, putWeights, requireWeights, type Weights } from "../training/weights.ts"
import { readTexts } from "./read-texts.ts"
import { tokenExamples } from "./text-examples.ts"
import { nextTokens } from "./text-loss.ts"
import { type TokenSettings, tokenizerOf } from "./tokens.ts"
import { type WritingPrices, writingPrices } from "./writing-price.ts"

/** What a fitted decoder keeps beside its weights: JSON. */
export interface TextPreprocessing {
  readonly tokens: TokenSettings
}

/** One text to go on with. */
export interface Prompt {
  readonly prompt: string
  /** Tokens to write; 200 unless given. */
  readonly tokens: number
  readonly temperature: number
  readonly topK?: number
  readonly topP?: number
  readonly seed: number
  /** Whether keys and values of earlier tokens are kept: memory for time. */
  readonly cache: boolean
}

const mostTokens = 100_000
/** Logits that are computed together, about: windows as fit into them, one at least. */
const logitsTogether = 2 ** 21

export class FittedText implements Fitted {
  readonly task: Task
  readonly network: BatchNetwork
  readonly weights: Weights
  readonly preprocessing: TextPreprocessing
  readonly #settings: DecoderSettings
  /** One network for all texts, for compiled steps stay with it. */
  readonly #layers
  readonly #readout

  /** @throws RangeError when the weights are not those of the network. */
  constructor(
    task: Task,
    network: BatchNetwork,
    settings: DecoderSettings,
    weights: Weights,
    preprocessing: TextPreprocessing,
  ) {
    requireWeights(network, weights)
    this.task = task
    this.network = network
    this.weights = weights
    this.preprocessing = preprocessing
    this.#settings = settings
    this.#layers = decoderLayers(settings)
    this.#readout = jit(readoutOf(network, nextTokens))
  }

  get settings(): DecoderSettings {
    return this.#settings
  }

  readonly inputSchema: JsonSchema = {
    type: "object",
    required: ["prompt"],
    additionalProperties: false,
    properties: {
      prompt: { type: "string", minLength: 1, description: "the beginning of the text" },
      tokens: { type: "integer", minimum: 1, maximum: mostTokens, default: 200 },
      temperature: { type: "number", minimum: 0, default: 0.8 },
      topK: { type: "integer", minimum: 1 },
      topP: { type: "number", exclusiveMinimum: 0, maximum: 1 },
      seed: { type: "integer", minimum: 0, default: 0 },
      cache: { type: "boolean", default: true },
    },
  }

  /**
   * One text for each row: `{ prompt, tokens?, temperature?, topK?, topP?, seed?, cache? }`, or the
   * prompt alone.
   * @throws RangeError naming the row and what is wrong with it.
   */
  async predict(rows: readonly unknown[]): Promise<Predictions> {
    const tokenizer = await tokenizerOf(this.preprocessing.tokens)
    const prompts = rows.map((row, i) => promptOf(row, `row ${i + 1}`))
    const texts: { readonly text: string }[] = []
    for (const prompt of prompts) {
      let text = ""
      for await (const piece of this.write(prompt, tokenizer)) text += piece
      texts.push({ text })
    }
    return { rows: texts, notes: [] }
  }

  /** The text of a file is the prompt. */
  async predictFile(path: string, files?: Files): Promise<Predictions> {
    return this.predict(await this.rowsOf(path, files))
  }

  /** The row that the text of a file is. */
  async rowsOf(path: string, files?: Files): Promise<readonly unknown[]> {
    return [await readTexts(path, files)]
  }

  /**
   * What `predict` will take for each row, with the keys and values of earlier tokens kept and
   * without, before anything is written.
   * @throws RangeError naming the row and what is wrong with it.
   */
  async pricesOf(rows: readonly unknown[], calibration: Calibration): Promise<WritingPrices[]> {
    const tokenizer = await tokenizerOf(this.preprocessing.tokens)
    return rows.map((row, i) => {
      const prompt = promptOf(row, `row ${i + 1}`)
      return writingPrices(this.#settings, samplingOf(prompt), calibration, {
        prompt: tokenizer.encode(prompt.prompt).length,
        tokens: prompt.tokens,
      })
    })
  }

  /**
   * Logits [windows, length, vocabulary] of the tokens that follow each token.
   * @param tokens windows of `length` tokens, one after another; `length` is at most the context
   */
  async readTokens(tokens: Int32Array, length: number): Promise<Float32Array> {
    const width = length * this.#settings.vocabulary
    const together = Math.max(1, Math.floor(logitsTogether / width))
    return readAllWith(this.#readout, this.weights, tokenExamples(tokens, length), width, together)
  }

  /** What follows a prompt, piece by piece. */
  async *write(prompt: Prompt, given?: Tokenizer): AsyncGenerator<string, void> {
    const tokenizer = given ?? (await tokenizerOf(this.preprocessing.tokens))
    const named = putWeights(this.weights)
    const { seed, cache } = prompt
    const options: GenerationOptions = { key: random.key(seed), cache, ...samplingOf(prompt) }
    const tokens: number[] = []
    let shown = 0
    try {
      const begin = [...tokenizer.encode(prompt.prompt)]
      for await (const token of generate(
        this.#layers,
        nestArrays(this.network, named),
        begin,
        options,
      )) {
        tokens.push(token)
        const text = tokenizer.decode(tokens)
        // A character whose bytes are not all there yet is held back.
        const whole = tokens.length === prompt.tokens ? text : text.replace(/\uFFFD+$/, "")
        yield whole.slice(shown)
        shown = Math.max(shown, whole.length)
        if (tokens.length === prompt.tokens) return
      }
    } finally {
      for (const array of Object.values(named)) array.dispose()
    }
  }
}

function samplingOf({ temperature, topK, topP }: Prompt): SamplingOptions {
  return {
    temperature,
    ...(topK === undefined ? {} : { topK }),
    ...(topP === undefined ? {} : { topP }),
  }
}

/** @throws RangeError naming what a prompt lacks. */
export function promptOf(row: unknown, where: string): Prompt {
  const given: Partial<Record<string, unknown>> =
    typeof row === "string" ? { prompt: row } : Object(row)
  const known = ["prompt", "tokens", "temperature", "topK", "topP", "seed", "cache"]
  const strange = Object.keys(given).find((name) => !known.includes(name))
  if (strange !== undefined) {
    throw new RangeError(`${where}: ${strange} is none of ${known.join(", ")}`)
  }
  const { prompt, cache = true } = given
  if (typeof prompt !== "string" || prompt === "") {
    throw new RangeError(`${where}: prompt must be a text of at least one character`)
  }
  const number = (name: string, usual: number | undefined, least: number, most: number) => {
    const value = given[name] ?? usual
    if (value === undefined) return undefined
    if (typeof value !== "number" || !(value >= least && value <= most)) {
      throw new RangeError(`${where}: ${name} is ${value}, which must be from ${least} to ${most}`)
    }
    return value
  }
  const topK = number("topK", undefined, 1, 2 ** 31)
  const topP = number("topP", undefined, Number.MIN_VALUE, 1)
  return {
    prompt,
    tokens: Math.floor(number("tokens", 200, 1, mostTokens) ?? 200),
    temperature: number("temperature", 0.8, 0, 1e6) ?? 0.8,
    seed: Math.floor(number("seed", 0, 0, 2 ** 32 - 1) ?? 0),
    cache: cache === true,
    ...(topK === undefined ? {} : { topK: Math.floor(topK) }),
    ...(topP === undefined ? {} : { topP }),
  }
}
