/**
 * How far a larger batch buys fewer steps. McCandlish et al. 2018: to reach the same loss takes
 * S = S_min·(1 + B_crit/B) steps and E = E_min·(1 + B/B_crit) samples, B_crit = E_min/S_min. At
 * B_crit both are twice their least. Beyond it devices buy at most a halving of the steps: this is
 * the end of the trade of space for time.
 */

/** Where a critical batch comes from. All are fits to experiments, none is a law of nature. */
export type CriticalBatchLaw = "data" | "loss" | "images"

/**
 * Critical batch in tokens. "data": 22.9·D^0.47 for D training tokens, whatever the network's size
 * (Zhang et al. 2024; coefficients not looked up). "loss": 2·10⁸/L^4.76 at loss L (Kaplan et al.
 * 2020; not looked up). "images": 20,000 whatever the data, the size of ImageNet's (McCandlish et
 * al. 2018; not looked up).
 */
export function criticalBatch(law: CriticalBatchLaw, at: number): number {
  if (!(at > 0 && Number.isFinite(at)))
    throw new Error(`a critical batch at ${at} cannot be: give tokens or a loss above 0`)
  switch (law) {
    case "data":
      return 22.9 * at ** 0.47
    case "loss":
      return 2e8 / at ** 4.76
    case "images":
      return 20_000
  }
}

/** A token budget that was set at one batch, seen at any other. */
export type TokenBudget = {
  /** Tokens that the run takes at `referenceBatch`. */
  readonly tokens: number
  /** Tokens in one step for which `tokens` was given. */
  readonly referenceBatch: number
  readonly criticalBatch: number
}

/** Tokens needed with a batch going to zero: E_min. */
export function leastTokens({ tokens, referenceBatch, criticalBatch: critical }: TokenBudget) {
  return tokens / (1 + referenceBatch / critical)
}

/** Tokens and steps that reach the same loss with batches of `batch` tokens. */
export function trainingAt(budget: TokenBudget, batch: number): { tokens: number; steps: number } {
  const tokens = leastTokens(budget) * (1 + batch / budget.criticalBatch)
  return { tokens, steps: tokens / batch }
}

/** Steps that no batch goes below: S_min = E_min/B_crit. */
export function leastSteps(budget: TokenBudget): number {
  return leastTokens(budget) / budget.criticalBatch
}
