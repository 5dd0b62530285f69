/** What a call costs when there is nearly nothing to compute. */

import type { Case } from "./case.ts"

export const callElements = 16

function calls(name: string, count: number): Case {
  return {
    name,
    group: "call",
    work: { kind: "call", calls: count },
    limit: { by: "overhead" },
    tolerance: 1e-6,
    pieces: count,
    long: false,
  }
}

export const callCases: readonly Case[] = [
  calls("jitted call, waited for", 1),
  calls("jitted calls, one after another", 200),
]
