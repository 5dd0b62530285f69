/** The solver for texts: a row of the table of solvers. */

import { type Files, isTableHabit, type Table } from "../../data/index.ts"
import { decoder, isDecoderSettings } from "../networks/decoder.ts"
import type { Fitted, FittedParts, Solver } from "../solver.ts"
import { isTextNetwork, textNetwork } from "./classifier-networks.ts"
import { classifierProblem } from "./classifier-problem.ts"
import { FittedTextClassifier, isTableName } from "./fitted-classifier.ts"
import { FittedText } from "./fitted-text.ts"
import { onlyLabelledTexts } from "./labelled-texts.ts"
import { textProblem } from "./text-problem.ts"
import { isTokenSettings } from "./tokens.ts"

const endings = /\.(txt|md|text)$/i

export const textSolver: Solver = {
  kind: "text",
  takes:
    "a text (.txt, .md) or a folder of texts, to write more of its kind, or a table of texts and " +
    "their classes, to tell them apart",
  recognises: async (source, { files, rows }) =>
    endings.test(source) ||
    (await holdsTextFiles(source, files)) ||
    (isTableName(source) && holdsLabelledTexts(await rows())),
  prepare: (source, options, files) =>
    (isTableName(source) ? classifierProblem : textProblem)(source, options, files),
  restore({ task, network, preprocessing, weights }: FittedParts): Fitted {
    const { tokens, reading }: Partial<Record<string, unknown>> = Object(preprocessing)
    if (!isTokenSettings(tokens)) throw new SyntaxError("its tokens are malformed")
    if (reading !== undefined && !isTableHabit(reading)) {
      throw new SyntaxError("what it says of how the texts were read is malformed")
    }
    if (isDecoderSettings(network)) {
      return new FittedText(task, decoder(network), network, weights, { tokens })
    }
    if (!isTextNetwork(network)) {
      throw new SyntaxError(
        `its network is of the architecture ${network.architecture}, not gpt, text-bag or text-encoder`,
      )
    }
    const { classes } = task
    if (classes?.length !== network.classes || task.inputs.length !== 1) {
      throw new SyntaxError(
        `its task must name one text and the network's ${network.classes} classes`,
      )
    }
    const kept = { tokens, ...(reading === undefined ? {} : { reading }) }
    return new FittedTextClassifier(
      { ...task, classes },
      textNetwork(network),
      network,
      weights,
      kept,
    )
  },
}

/** Whether a source is a folder with nothing but texts. */
async function holdsTextFiles(source: string, files: Files): Promise<boolean> {
  const entries = await files.list(source).catch(() => [])
  return entries.length > 0 && entries.every(({ name }) => endings.test(name))
}

/** Whether a source is a table of nothing but texts and their classes. */
function holdsLabelledTexts(table: Table | undefined): boolean {
  return table !== undefined && onlyLabelledTexts(table) !== undefined
}
