export type { Domain, InputOf, InputRange } from "./domain.ts"
export { printSurrogate, type SurrogateReport } from "./report.ts"
export { type Surrogate, SurrogateError, type SurrogateOptions, surrogate } from "./surrogate.ts"
