/** A text, ready to be learned from. */

import type { Files } from "../../data/index.ts"
import { DataError, type Finding, SettingError } from "../finding.ts"
import { settingsOf } from "../networks/decoder.ts"
import { requireRead } from "../settings.ts"
import type { Problem, SolverOptions } from "../solver.ts"
import { metrics, type Task } from "../task.ts"
import type { Examples } from "../training/examples.ts"
import { FittedText } from "./fitted-text.ts"
import { readTexts } from "./read-texts.ts"
import { windows } from "./text-examples.ts"
import { finishText } from "./text-finish.ts"
import { lossPrograms, meanLoss, nextTokens } from "./text-loss.ts"
import { decoderChoices } from "./text-networks.ts"
import { tokenizerOf, tokenSettings, tokensText } from "./tokens.ts"

const defaultContext = 64
/** Windows that one look at held-out text takes, at most. */
const mostLooks = 400
/** How often each token is learned from, without a deadline, at most. */
const mostPasses = 24

export async function textProblem(
  source: string,
  options: SolverOptions,
  files: Files,
): Promise<Problem> {
  const { seed, test: testSource, context = defaultContext, network = "gpt" } = options
  requireRead(options, "a text")
  if (options.task !== undefined && options.task !== "language-model") {
    throw new SettingError(`task is ${options.task}, where a text has only language-model`)
  }
  if (network !== "gpt") {
    throw new SettingError(`network is ${network}, where a text has only gpt`)
  }
  if (!Number.isInteger(context) || context < 8 || context > 4096) {
    throw new SettingError(`context is ${context}, which must be a whole number from 8 to 4096`)
  }
  const text = await readTexts(source, files)
  const settings = await tokenSettings(text, options.tokens)
  const tokenizer = await tokenizerOf(settings)
  const { vocabulary } = tokenizer
  const tokens = tokenizer.encode(text)
  const testShare = testSource === undefined ? (options.testShare ?? 0) : 0
  const validationShare = options.validationShare ?? 0.1
  const [first, second] = [1 - testShare - validationShare, 1 - testShare].map((share) =>
    Math.floor(share * tokens.length),
  )
  const parts = [tokens.subarray(0, first), tokens.subarray(first, second)]
  const test =
    testSource === undefined
      ? tokens.subarray(second)
      : tokenizer.encode(await readTexts(testSource, files))
  const least = Math.min(parts[0].length, parts[1].length)
  if (least < 2 * context + 1) {
    throw new DataError(
      `${source} has ${tokens.length.toLocaleString("en-US")} tokens, too few to learn from ` +
        `${(100 * first) / tokens.length} % and hold out the rest in windows of ${context}: give ` +
        "more text or a shorter --context",
    )
  }
  const task: Task = {
    kind: "text",
    goal: "language-model",
    inputs: ["prompt"],
    target: "text",
    metric: metrics.crossEntropy,
  }
  const training = windows(parts[0], context, 1)
  const look = few(windows(parts[1], context, context), mostLooks)
  const lossOf = lossPrograms()
  return {
    task,
    reasons: [
      "a text tells its own next token: the network learns to predict it, and so to write",
      `it is cut into ${tokensText(settings, vocabulary)}`,
    ],
    findings: findingsOf(text),
    split: {
      training: parts[0].length,
      validation: parts[1].length,
      test: test.length,
      how:
        "tokens in their order: what is held out comes after what is learned from" +
        (testSource === undefined ? "" : `; the test text is ${testSource}`),
    },
    fingerprint: `${tokens.length}-${vocabulary}-${hash(tokens).toString(16)}-${seed}`,
    examples: training,
    choices: decoderChoices(vocabulary, context),
    objective: nextTokens,
    wantedSteps: 2000,
    mostEpochs: mostPasses / context,
    secondsAfter: 3 + parts[1].length / 20_000,
    check: async ({ network }, _programs, weights) => {
      const loss = await meanLoss(lossOf(network), weights, look)
      return { score: loss, loss }
    },
    finish: async ({ network }, weights) => {
      const layers = settingsOf(network)
      const fitted = new FittedText(task, network, layers, weights, { tokens: settings })
      return finishText(fitted, lossOf(network), {
        training: parts[0],
        validation: parts[1],
        test,
        context,
        tokenizer,
        tokensPerByte: tokens.length / new TextEncoder().encode(text).length,
      })
    },
  }
}

/** Examples spread evenly over others. */
function few(examples: Examples, most: number): Examples {
  if (examples.count <= most) return examples
  const stride = examples.count / most
  return {
    count: most,
    gather: (numbers) => examples.gather(numbers.map((number) => Math.floor(number * stride))),
  }
}

function findingsOf(text: string): Finding[] {
  const broken = text.split("\uFFFD").length - 1
  if (broken === 0) return []
  return [
    {
      name: "broken-characters",
      severity: "warning",
      message: `${broken} places of the text are no UTF-8: they are learned as they are shown`,
    },
  ]
}

function hash(tokens: Int32Array): number {
  return tokens.reduce((sum, token) => (Math.imul(sum, 31) + token) >>> 0, 0)
}
