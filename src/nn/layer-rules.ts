/** What each kind of layer does, by kind. */

import { selfAttentionRule } from "./layers/attention.ts"
import { convolutionRule } from "./layers/convolution.ts"
import { denseRule } from "./layers/dense.ts"
import { activationRule, dropoutRule, flattenRule } from "./layers/elementwise.ts"
import { embeddingRule, positionsRule, unembeddingRule } from "./layers/embedding.ts"
import { batchNormRule, layerNormRule, localResponseNormRule } from "./layers/normalization.ts"
import { averagePoolRule, globalAveragePoolRule, maxPoolRule } from "./layers/pooling.ts"
import { residualRule } from "./layers/residual.ts"
import type { LayerRules } from "./rule.ts"

export const layerRules: LayerRules = {
  dense: denseRule,
  convolution: convolutionRule,
  maxPool: maxPoolRule,
  averagePool: averagePoolRule,
  globalAveragePool: globalAveragePoolRule,
  dropout: dropoutRule,
  batchNorm: batchNormRule,
  layerNorm: layerNormRule,
  localResponseNorm: localResponseNormRule,
  activation: activationRule,
  flatten: flattenRule,
  embedding: embeddingRule,
  positions: positionsRule,
  selfAttention: selfAttentionRule,
  unembedding: unembeddingRule,
  residual: residualRule(() => layerRules),
}
