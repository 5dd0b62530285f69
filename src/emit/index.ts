/**
 * Programs to code.
 *
 * `emitProgram` makes the WebAssembly module of a program; `argsBytes` and `writeArgs` make the block
 * of memory through which a host hands it one run; `features` says what the engine at hand can do.
 */

export { mainName } from "./c/main.ts"
export { cTarget, type VectorUnit } from "./c/panels.ts"
export { type CodeOptions, emitC, emitLibrary } from "./c/program.ts"
export { tileUnitCheck } from "./c/tile-unit.ts"
export { blockBytes, crewWord, meetWord, type RunWords, writeWords } from "./c/words.ts"
export { type Group, isStraight, planStages, type Stage } from "./stages.ts"
export type { HostMaths } from "./wasm/doubles.ts"
export { features } from "./wasm/features.ts"
export { argsBytes, type RunAddresses, writeArgs } from "./wasm/layout.ts"
export { type EmitOptions, emitProgram } from "./wasm/module.ts"
export { type RecordedEntry, type Recording, readRecord } from "./wasm/recorder.ts"
export {
  digitBase,
  emitGate,
  emitTransition,
  emitWgsl,
  type GatedDispatch,
  type Memory,
  type Parameter,
  type Place,
  type Shader,
  type WgslProgram,
  wordsOfDispatch,
} from "./wgsl/index.ts"
