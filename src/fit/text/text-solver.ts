/** The solver for texts: a row of the table of solvers. */

import { decoder, isDecoderSettings } from "../networks/decoder.ts"
import type { Fitted, FittedParts, Solver } from "../solver.ts"
import { FittedText } from "./fitted-text.ts"
import { textProblem } from "./text-problem.ts"
import { isTokenSettings } from "./tokens.ts"

const endings = /\.(txt|md|text)$/i

export const textSolver: Solver = {
  kind: "text",
  takes: "a text (.txt, .md) or a folder of texts, to write more of its kind",
  recognises: async (source) => endings.test(source) || (await holdsTexts(source)),
  prepare: textProblem,
  restore({ task, network, preprocessing, weights }: FittedParts): Fitted {
    if (!isDecoderSettings(network)) {
      throw new SyntaxError(`its network is of the architecture ${network.architecture}, not gpt`)
    }
    const { tokens }: Partial<Record<string, unknown>> = Object(preprocessing)
    if (!isTokenSettings(tokens)) throw new SyntaxError("its tokens are malformed")
    return new FittedText(task, decoder(network), network, weights, { tokens })
  },
}

/** Whether a source is a folder with nothing but texts. */
async function holdsTexts(source: string): Promise<boolean> {
  const { readdir } = await import("node:fs/promises")
  const names = await readdir(source).catch(() => [])
  return names.length > 0 && names.every((name) => endings.test(name))
}
