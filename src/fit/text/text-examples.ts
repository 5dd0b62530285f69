/** Tokens as batches take them: windows of a text, each with the tokens that follow, or rows. */

import type { Examples } from "../training/examples.ts"

/** Windows begin `step` tokens apart; the last token has no successor and is only one. */
export function windows(tokens: Int32Array, context: number, step: number): Examples {
  const count = Math.max(0, Math.floor((tokens.length - 1 - context) / step) + 1)
  return {
    count,
    gather(numbers) {
      const shape = [numbers.length, context]
      const input = new Int32Array(numbers.length * context)
      const next = new Int32Array(numbers.length * context)
      for (const [row, number] of numbers.entries()) {
        const start = number * step
        input.set(tokens.subarray(start, start + context), row * context)
        next.set(tokens.subarray(start + 1, start + 1 + context), row * context)
      }
      return { tokens: { data: input, shape }, next: { data: next, shape } }
    },
  }
}

/** Rows of tokens as batches take them, with their classes where they are known. */
export function tokenExamples(data: Int32Array, context: number, labels?: Int32Array): Examples {
  return {
    count: data.length / context,
    gather(numbers) {
      const tokens = new Int32Array(numbers.length * context)
      for (const [row, number] of numbers.entries()) {
        tokens.set(data.subarray(number * context, (number + 1) * context), row * context)
      }
      const batch = { tokens: { data: tokens, shape: [numbers.length, context] } }
      if (labels === undefined) return batch
      const target = Int32Array.from(numbers, (number) => labels[number])
      return { ...batch, target: { data: target, shape: [numbers.length] } }
    },
  }
}
