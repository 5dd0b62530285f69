export type { HistoryPoint } from "./checkpoint.ts"
export type { FrontierRow } from "./choice.ts"
export { type ClassifierDefinition, ImageClassifier, type Prediction } from "./classifier.ts"
export type { Evaluation } from "./evaluation.ts"
export { DataError, type Finding, SettingError } from "./finding.ts"
export { type FitSettings, fit, type Offer, resumeFit } from "./fit.ts"
export {
  type FitOptions,
  type FitPoint,
  type FitProgress,
  type FitResult,
  fitImages,
} from "./fit-images.ts"
export {
  FittedNetwork,
  isFittedNetwork,
  loadNetwork,
  requireFreeFolder,
} from "./fitted-network.ts"
export { imageNetwork, type PixelScaling } from "./image-network.ts"
export { bytesOf, secondsOf } from "./limits.ts"
export type { FitOffer } from "./offer.ts"
export { exportOnnx, type OnnxExport } from "./onnx/export-onnx.ts"
export { sampleOf } from "./onnx/sample.ts"
export { type Verification, verifyOnnx, verifySample } from "./onnx/verify-onnx.ts"
export type { FitRecord } from "./record.ts"
export { decodeSafetensors, encodeSafetensors, type Tensor } from "./safetensors.ts"
export { load, save } from "./saved.ts"
export { type ServeOptions, type Serving, serveNetwork } from "./serve/serve.ts"
export type { Fitted, JsonSchema, Predictions, Problem, Solver, SolverOptions } from "./solver.ts"
export { solvers } from "./solvers.ts"
export * from "./surrogate/index.ts"
export { FittedTable } from "./tables/fitted-table.ts"
export { counted, examplesOf, type Metric, metricText, type Task } from "./task.ts"
export { FittedText } from "./text/fitted-text.ts"
export type { WritingPrice, WritingPrices } from "./text/writing-price.ts"
export type { TrainingProgress } from "./trainer.ts"
export { defaultRecipe, type Recipe } from "./training.ts"
export type { Weights } from "./weights.ts"
