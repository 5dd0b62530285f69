/** Everything that the bench measures, in the order in which it is measured. */

import { attentionCases } from "./attention.ts"
import { blockCases } from "./block.ts"
import { callCases } from "./calls.ts"
import type { Case } from "./case.ts"
import { convolutionCases } from "./convolution.ts"
import { matmulCases, shapeCases } from "./matmul.ts"
import { memoryCases } from "./memory.ts"
import { moveCases } from "./moves.ts"
import { trainingCase } from "./training.ts"

export type {
  AttentionWork,
  BlockWork,
  Case,
  Limit,
  MatmulWork,
  Work,
  WorkKind,
  WorkOf,
} from "./case.ts"

export const cases: readonly Case[] = [
  ...matmulCases,
  ...convolutionCases,
  trainingCase(128),
  ...blockCases,
  ...memoryCases,
  ...callCases,
  ...attentionCases,
  ...shapeCases,
  ...moveCases,
]
