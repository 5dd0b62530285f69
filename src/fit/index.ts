export { type ClassifierDefinition, ImageClassifier, type Prediction } from "./classifier.ts"
export type { Evaluation } from "./evaluation.ts"
export {
  type FitOptions,
  type FitPoint,
  type FitProgress,
  type FitResult,
  fitImages,
} from "./fit-images.ts"
export { imageNetwork, type PixelScaling } from "./image-network.ts"
export type { FitOffer } from "./offer.ts"
export { decodeSafetensors, encodeSafetensors, type Tensor } from "./safetensors.ts"
export { load, save } from "./saved.ts"
export { defaultRecipe, type Recipe } from "./training.ts"
export type { Weights } from "./weights.ts"
