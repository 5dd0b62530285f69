export { type DecodingCache, decode, emptyCache } from "./decoding.ts"
export { EncoderDecoder, type EncoderDecoderSize } from "./encoder-decoder.ts"
export {
  type GenerationOptions,
  generate,
  generationReadings,
  keptStep,
  type Reading,
  wholeStep,
} from "./generation.ts"
export type { Activation, Layer, LayerKind, LayerOf, Padding } from "./layer.ts"
export { layerRules } from "./layer-rules.ts"
export { selfAttention } from "./layers/attention.ts"
export { convolution } from "./layers/convolution.ts"
export { dense } from "./layers/dense.ts"
export { activation, dropout, flatten } from "./layers/elementwise.ts"
export { embedding, positions, unembedding } from "./layers/embedding.ts"
export { batchNorm, layerNorm, localResponseNorm } from "./layers/normalization.ts"
export { averagePool, globalAveragePool, maxPool } from "./layers/pooling.ts"
export { residual } from "./layers/residual.ts"
export * as losses from "./loss.ts"
export * from "./network.ts"
export * from "./optimizer.ts"
export * as presets from "./presets/index.ts"
export type { Arrays, Context, LayerRule } from "./rule.ts"
export { type SamplingOptions, sampleToken } from "./sampling.ts"
export type { Schedule } from "./schedule.ts"
export * as schedules from "./schedule.ts"
export { importTorch } from "./torch.ts"
export { type TranslationOptions, translate } from "./translation.ts"
export { type ArrayTree, arraysOf, mapArrays } from "./tree.ts"
