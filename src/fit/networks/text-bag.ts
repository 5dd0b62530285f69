/**
 * The bag of tokens: every token and every pair of neighbours says something for each class, and the
 * mean is judged. Pairs share numbers by a hash (after Joulin et al., "Bag of Tricks for Efficient
 * Text Classification", EACL 2017, without its hidden layer). On few texts it is hard to beat.
 */

import { type Array, np, random } from "../../array/index.ts"
import { type BatchNetwork, batchNetwork } from "./batch-network.ts"
import { padding } from "./text-encoder.ts"

/** JSON of a bag. */
export interface TextBagSettings {
  readonly architecture: "text-bag"
  /** Token numbers, padding (0) and beginning (1) included. */
  readonly vocabulary: number
  /** Tokens of one text, the beginning included. */
  readonly context: number
  readonly classes: number
  /** Numbers that pairs of tokens share. */
  readonly buckets: number
  /** Share of the tokens and pairs that training does not see, so that it relies on no single one. */
  readonly tokenDropout: number
}

/** What a pair counts beside a token: pairs are rarer, and so less is known of each. */
export const pairShare = 0.5

/** Tokens int32[batch, context] to logits [batch, 1, classes]. */
export function textBag(settings: TextBagSettings): BatchNetwork {
  const { vocabulary, classes, buckets, tokenDropout } = settings
  return batchNetwork({
    settings,
    initialize: () => ({
      parameters: {
        bag: { tokens: np.zeros([vocabulary, classes]), pairs: np.zeros([buckets, classes]) },
        head: { bias: np.zeros([classes]) },
      },
      state: {},
    }),
    apply({ parameters, state }, { tokens }, { training, key }) {
      const { bag, head } = parameters
      const there = tokens.notEqual(padding) // [batch, context]
      const both = np.logicalAnd(there.slice([], [0, -1]), there.slice([], [1]))
      const [first, second] = [tokens.slice([], [0, -1]), tokens.slice([], [1])]
      const pair = first.astype("uint32").mul(vocabulary).add(second.astype("uint32"))
      const numbers = np.remainder(pair, buckets).astype("int32") // [batch, context - 1]
      const drop = (seen: Array, place: number): Array => {
        const weight = seen.astype("float32")
        if (!training || key === undefined || tokenDropout === 0) return weight
        const kept = random.bernoulli(random.foldIn(key, place), 1 - tokenDropout, seen.shape)
        return np.where(kept, weight.div(1 - tokenDropout), 0)
      }
      const said = (table: Array, which: Array, weight: Array): Array =>
        np.take(table, which, 0).mul(np.expandDims(weight, 2)).sum(1) // [batch, classes]
      const sum = said(bag.tokens, tokens, drop(there, 0)).add(
        said(bag.pairs, numbers, drop(both, 1)).mul(pairShare),
      )
      // As if a text's tokens and pairs, each once, were a vector of length 1.
      const count = there.astype("float32").sum(1, { keepdims: true }).mul(2)
      return { output: np.expandDims(sum.div(np.sqrt(count)).add(head.bias), 1), state }
    },
  })
}

export function isTextBag(settings: BatchNetwork["settings"]): settings is TextBagSettings {
  const numbers: Partial<Record<string, unknown>> = { ...settings }
  const counts = ["vocabulary", "context", "classes", "buckets", "tokenDropout"]
  return (
    settings.architecture === "text-bag" &&
    counts.every((name) => typeof numbers[name] === "number")
  )
}
