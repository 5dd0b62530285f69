/** What the bench and a contestant's process say to each other. */

import type { Case } from "../cases/index.ts"

/** Asks a process to do something; it answers once, in order. */
export type Ask =
  /** Opens the library and makes the case's first run. */
  | {
      readonly ask: "prepare"
      readonly module: string
      readonly variant: string | undefined
      readonly case: Case
    }
  /** Runs again and again for a while, so that the engine has compiled what it will. */
  | { readonly ask: "warm"; readonly milliseconds: number }
  /** Runs so many times, timed together. */
  | { readonly ask: "sample"; readonly runs: number }
  /** Some of what the newest run computed. */
  | { readonly ask: "result" }

export interface Answers {
  readonly prepare: About
  readonly warm: { readonly runs: number }
  readonly sample: RunTime
  readonly result: { readonly numbers: Float32Array }
}

/** How long runs took, in milliseconds. */
export interface RunTime {
  readonly milliseconds: number
  /** Time that cores spent on it, all threads together. */
  readonly cpu: number
}

export interface About {
  readonly version: string
  readonly threads: number
  readonly setting: string
  /** Milliseconds of the first run: tracing, compiling and running. */
  readonly first: number
  /** For a limit: operations or bytes of one run. */
  readonly amount?: number
}

export type Answer =
  | { readonly kind: "done"; readonly value: Answers[keyof Answers] }
  | { readonly kind: "failed"; readonly message: string }
