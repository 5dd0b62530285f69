/** What comes out of a fit for a text: figures, the comparison with counting, a sample, prices. */

import type { Tokenizer } from "../../data/index.ts"
import type { Price } from "../../price/index.ts"
import { evaluate } from "../../size/index.ts"
import type { Section } from "../report/section.ts"
import type { Finish, Standing } from "../solver.ts"
import { putWeights } from "../training/weights.ts"
import type { FittedText } from "./fitted-text.ts"
import { ngramLoss, unigramLoss } from "./ngrams.ts"
import { windows } from "./text-examples.ts"
import { type LossProgram, meanLoss } from "./text-loss.ts"
import { tokenPrices } from "./writing-price.ts"

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

function cacheSection(fitted: FittedText): Section {
  const { kept, again } = tokenPrices(fitted.settings)
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
