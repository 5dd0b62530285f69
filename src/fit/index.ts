export type { FrontierRow } from "./choosing/choice.ts"
export { bytesOf, secondsOf } from "./choosing/limits.ts"
export { DataError, type Finding, SettingError, type Severity } from "./finding.ts"
export { type FitSettings, fit, type Offer, resumeFit } from "./fit.ts"
export { FittedNetwork, loadNetwork, requireFreeFolder } from "./fitted-network.ts"
export type { ApplyContext, ArrayShape, Batch, BatchNetwork } from "./networks/batch-network.ts"
export type { DecoderSettings } from "./networks/decoder.ts"
export { exportOnnx, type OnnxExport } from "./onnx/export-onnx.ts"
export { type Feed, type Sample, sampleOf } from "./onnx/sample.ts"
export { type Verification, verifyOnnx, verifySample } from "./onnx/verify-onnx.ts"
export type { FitRecord, FrontierEntry, StepPrice } from "./record.ts"
export type { Section } from "./report/section.ts"
export { decodeSafetensors, encodeSafetensors, type Tensor } from "./safetensors.ts"
export type { Servable } from "./serve/servable.ts"
export { type ServeOptions, type Serving, serveNetwork } from "./serve/serve.ts"
export type {
  Finish,
  Fitted,
  FittedParts,
  JsonSchema,
  Look,
  NetworkChoice,
  Predictions,
  Problem,
  Solver,
  SolverOptions,
  SplitSummary,
  Standing,
} from "./solver.ts"
export { solvers } from "./solvers.ts"
export * from "./surrogate/index.ts"
export type {
  CategoryFeature,
  ColumnPart,
  FeatureRows,
  NumberFeature,
  TableFeatures,
} from "./tables/features.ts"
export { FittedTable } from "./tables/fitted-table.ts"
export type { TablePreprocessing } from "./tables/known-form.ts"
export type { TableTask } from "./tables/table-task.ts"
export { counted, examplesOf, type Goal, type Metric, metricText, type Task } from "./task.ts"
export { FittedText, type Prompt, type TextPreprocessing } from "./text/fitted-text.ts"
export type { TokenSettings } from "./text/tokens.ts"
export type { WritingPrice, WritingPrices } from "./text/writing-price.ts"
export type { HistoryPoint } from "./training/checkpoint.ts"
export type { Examples, HostArray, HostBatch } from "./training/examples.ts"
export type { Objective } from "./training/objective.ts"
export type { DescentPrograms, DescentState, DescentStep, Readout } from "./training/programs.ts"
export type { DescentRecipe } from "./training/recipe.ts"
export type { Score, TrainingProgress } from "./training/trainer.ts"
export type { NamedArrays, Weights } from "./training/weights.ts"
