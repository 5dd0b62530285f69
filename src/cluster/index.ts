/** Networks on clusters: counts, layouts, collectives, step times, plans, frontiers, verdicts. */

export * from "./collective.ts"
export type { Constant, Constants, LinkConstants, Provenance } from "./constants.ts"
export { convolutionalLayers, twoDeviceSplitTraffic } from "./convolution.ts"
export {
  deviceSecondsFlop,
  forwardFlopOf,
  palmFlopPerToken,
  parametersOf,
  runFlop,
  trainingFlopOf,
} from "./count.ts"
export type { CriticalBatchLaw, TokenBudget } from "./critical-batch.ts"
export { criticalBatch, leastSteps, leastTokens, trainingAt } from "./critical-batch.ts"
export type { EssayLine } from "./essay.ts"
export { essay } from "./essay.ts"
export type { Explanation } from "./explain.ts"
export { explain } from "./explain.ts"
export { constantsReport, fittedConstants, predictionInterval } from "./fitted.ts"
export type { Frontier, FrontierPoint, FrontierRequest, Regime } from "./frontier.ts"
export { frontierOf, regimes } from "./frontier.ts"
export type { Layout, LayoutRequest, Precision, Recomputation, Schedule } from "./layout.ts"
export {
  checkLayout,
  degreesFault,
  describeLayout,
  devicesOf,
  layoutFault,
  layoutOf,
  precisions,
  recomputations,
  schedules,
} from "./layout.ts"
export type { PhysicalLimit } from "./limits.ts"
export { physicalLimits } from "./limits.ts"
export type { MemoryUse } from "./memory.ts"
export { layerActivationBytes, memoryUse, stateBytes } from "./memory.ts"
export type {
  Convolutional,
  Counting,
  Described,
  EncoderDecoder,
  Experts,
  LatentAttention,
  Network,
  Transformer,
} from "./network.ts"
export { layersOf, tokensOf, unitOf, withSequence } from "./network.ts"
export type { Estimate, Plan } from "./plan.ts"
export { planOf, tokenBudget, usualBatch, usualPrecision } from "./plan.ts"
export { frontierTable, plotHtml, plotSvg, plotText } from "./plot.ts"
export type { Preset } from "./presets.ts"
export { preset, presets } from "./presets.ts"
export type { Rates } from "./rates.ts"
export { ratesOf } from "./rates.ts"
export { essayText, explanationText, planText } from "./report.ts"
export type { Limits, RuleResult } from "./rules.ts"
export type { RunCost, Site } from "./run.ts"
export { defaultSite, runCost } from "./run.ts"
export type { Found, Goal, SearchRequest } from "./search.ts"
export { bestLayout, bestLayoutWithin, goals, scoreOf } from "./search.ts"
export type { StepReport, StepTime } from "./step.ts"
export { stepReport, stepTime } from "./step.ts"
export type { TracedCall } from "./traced.ts"
export { tracedNetwork } from "./traced.ts"
export type { FlopCount, ParameterCount } from "./transformer.ts"
export { transformerFlop, transformerParameters } from "./transformer.ts"
export * as units from "./units.ts"
export type { Verdict } from "./verdict.ts"
export { verdictOf } from "./verdict.ts"
export { limitsConflict, withinLimits } from "./within-limits.ts"
