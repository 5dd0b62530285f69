/** Attention of every token to every token, or to those before it, and its gradients. */

import type { AttentionWork, Case } from "./case.ts"
import { uniform } from "./inputs.ts"

/** Query, key, value and the output's cotangent, all [batch, tokens, heads, width]. */
export function attentionInputs({ batch, tokens, heads, width }: AttentionWork) {
  const elements = batch * tokens * heads * width
  return {
    query: uniform(elements, 1, -2, 2),
    key: uniform(elements, 2, -2, 2),
    value: uniform(elements, 3),
    cotangent: uniform(elements, 4),
  }
}

function attentionCase(part: AttentionWork["part"], causal: boolean): Case {
  const [batch, tokens, heads, width] = [4, 1024, 8, 64]
  const pairs = causal ? (tokens * (tokens + 1)) / 2 : tokens ** 2
  // Two products of n×n by width make the output; the gradients take the scores and four more.
  const products = (part === "output" ? 2 : 5) * batch * heads * pairs * width
  const elements = batch * tokens * heads * width
  const arrays = part === "output" ? 4 : 7
  return {
    name: `${causal ? "causal " : ""}attention ${batch}×${tokens}, ${heads} heads of ${width}: ${part}`,
    group: "attention",
    work: { kind: "attention", part, causal, batch, tokens, heads, width },
    limit: { by: "arithmetic", operations: 2 * products, bytes: arrays * elements * 4 },
    tolerance: 3e-5,
    pieces: 1,
    long: false,
  }
}

export const attentionCases: readonly Case[] = [
  attentionCase("output", false),
  attentionCase("gradients", false),
  attentionCase("output", true),
  attentionCase("gradients", true),
]
