export { type TuneOptions, targetFor } from "./kept.ts"
export type { TuningDevice } from "./search.ts"
export { type Tune, tuneChoices } from "./tuning.ts"
