/** The plan of a fit: what a checkpoint carries so that the fit can go on, and with the same bits. */

import type { SolverOptions } from "../solver.ts"

export interface FitPlan {
  readonly source: string
  readonly options: SolverOptions
  readonly fingerprint: string
  /** Where it runs: another device would give other bits. */
  readonly device: string
  readonly size: string
  readonly steps: number
  /** Steps that it may have where it turns out quicker than expected. */
  readonly mostSteps: number
  /** What is worth knowing of the plan itself, in sentences. */
  readonly notes: readonly string[]
  readonly checkEvery: number
  /** Seconds for all training, where a deadline bounds it. */
  readonly seconds?: number
  readonly deadline?: number
}

export function encodePlan(plan: FitPlan): string {
  return JSON.stringify(plan)
}

/** @throws SyntaxError when the text is no plan. */
export function decodePlan(text: string, name: string): FitPlan {
  const found: unknown = JSON.parse(text)
  if (isPlan(found)) return found
  throw new SyntaxError(`${name} holds no plan of a fit`)
}

function isPlan(value: unknown): value is FitPlan {
  const found: Partial<Record<string, unknown>> = Object(value)
  const { source, options, device, size, steps, mostSteps, notes } = found
  return (
    typeof source === "string" &&
    typeof options === "object" &&
    typeof device === "string" &&
    typeof size === "string" &&
    typeof steps === "number" &&
    typeof mostSteps === "number" &&
    Array.isArray(notes)
  )
}
