/** Everything that the bench measures, in the order in which it is measured. */

import { callCases } from "./calls.ts"
import type { Case } from "./case.ts"
import { convolutionCases } from "./convolution.ts"
import { matmulCases } from "./matmul.ts"
import { memoryCases } from "./memory.ts"
import { trainingCase } from "./training.ts"

export type { Case, Limit, Work, WorkKind, WorkOf } from "./case.ts"

export const cases: readonly Case[] = [
  ...matmulCases,
  ...convolutionCases,
  trainingCase(128),
  ...memoryCases,
  ...callCases,
]
