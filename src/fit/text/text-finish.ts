/** What comes out of a fit for a text: figures, the comparison with counting, a sample, prices. */

import { type Array as DeviceArray, evalShape, graphOf, i32, u32 } from "../../array/index.ts"
import type { Tokenizer } from "../../data/index.ts"
import { type DecodingCache, decode, emptyCache, type Variables } from "../../nn/index.ts"
import { type Price, priceGraph } from "../../price/index.ts"
import { evaluate } from "../../size/index.ts"
import { decoderLayers } from "../networks/decoder.ts"
import type { Section } from "../report/section.ts"
import type { Finish, Standing } from "../solver.ts"
import { putWeights } from "../weights.ts"
import type { FittedText } from "./fitted-text.ts"
import { ngramLoss, unigramLoss } from "./ngrams.ts"
import { windows } from "./text-examples.ts"
import { type LossProgram, meanLoss } from "./text-loss.ts"

export interface TextParts {
  readonly training: Int32Array
  readonly validation: Int32Array
  readonly test: Int32Array
  readonly context: number
  readonly tokenizer: Tokenizer
  readonly tokensPerByte: number
}

export async function finishText(
  fitted: FittedText,
  program: LossProgram,
  parts: TextParts,
): Promise<Finish> {
  const { training, validation, test, context, tokenizer } = parts
  const judged = test.length > context ? test : validation
  const named = putWeights(fitted.weights)
  const figures = async (tokens: Int32Array): Promise<Record<string, number>> => {
    const loss = await meanLoss(program, named, windows(tokens, context, context))
    return {
      "cross-entropy": loss,
      perplexity: Math.exp(loss),
      "bits a byte": (loss * parts.tokensPerByte) / Math.LN2,
    }
  }
  const onValidation = await figures(validation)
  const onTest = test.length > context ? await figures(test) : undefined
  for (const array of Object.values(named)) array.dispose()
  const { vocabulary } = tokenizer
  const own = (onTest ?? onValidation)["cross-entropy"]
  const standings: Standing[] = [
    { name: "this network", score: own },
    { name: "counting triples", score: ngramLoss(training, judged, vocabulary, 3) },
    { name: "counting pairs", score: ngramLoss(training, judged, vocabulary, 2) },
    { name: "counting tokens", score: unigramLoss(training, judged, vocabulary) },
  ]
  const best = standings.slice(1).reduce((a, b) => (b.score < a.score ? b : a))
  const verdict =
    own < best.score
      ? `The network says the next token better than ${best.name}: ${own.toFixed(3)} against ` +
        `${best.score.toFixed(3)} nats.`
      : `The network does not beat ${best.name}: ${own.toFixed(3)} against ` +
        `${best.score.toFixed(3)} nats. More text or more steps may change that.`
  const begin = tokenizer.decode(validation.subarray(0, Math.min(32, context)))
  const sample = await fitted.predict([{ prompt: begin, tokens: 400 }])
  const sections: Section[] = [
    sampleSection(begin, String(sample.rows[0].text)),
    cacheSection(fitted),
  ]
  return { fitted, validation: onValidation, test: onTest, standings, verdict, sections }
}

function sampleSection(begin: string, text: string): Section {
  return {
    title: "What it writes",
    html: `<pre><b>${escape(begin)}</b>${escape(text)}</pre>`,
  }
}

/** What the last token of a full context costs, with what earlier ones left and without. */
export function tokenPrices(fitted: FittedText): { readonly kept: Price; readonly again: Price } {
  const { context } = fitted.settings
  const network = decoderLayers(fitted.settings)
  const variables = evalShape((key: DeviceArray) => network.initialize(key), u32(2))
  const cache = evalShape((_: DeviceArray) => emptyCache(network, 1), i32())
  const kept = graphOf(
    (v: Variables, c: DecodingCache, token: DeviceArray, position: DeviceArray) =>
      decode(network, v, c, token, position),
  )(variables, cache, i32(1, 1), i32())
  const again = graphOf((v: Variables, tokens: DeviceArray) =>
    network.apply(v, tokens).output.slice([], -1),
  )(variables, i32(1, context))
  return { kept: priceGraph(kept), again: priceGraph(again) }
}

function cacheSection(fitted: FittedText): Section {
  const { kept, again } = tokenPrices(fitted)
  const number = (size: Parameters<typeof evaluate>[0]): string =>
    evaluate(size, {}).toLocaleString("en-US")
  const row = (name: string, { work, span, ram }: Price): string =>
    `<tr><td>${name}</td><td>${number(work)}</td><td>${number(span)}</td>` +
    `<td>${number(ram.memory)}</td></tr>`
  const ratio = evaluate(again.work, {}) / evaluate(kept.work, {})
  return {
    title: "Memory for time: one more token",
    html:
      "<table><tr><th></th><th>work</th><th>span</th><th>memory (bytes)</th></tr>" +
      `${row("keys and values kept", kept)}${row("everything again", again)}</table>` +
      `<p>Keeping what earlier tokens left saves a factor of ${ratio.toFixed(1)} in work at a ` +
      `context of ${fitted.settings.context}.</p>`,
  }
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
}
