export { emitGate, emitTransition, type GatedDispatch, wordsOfDispatch } from "./gate.ts"
export { Memories, type Memory, type Place } from "./memories.ts"
export { emitWgsl, type WgslProgram } from "./program.ts"
export { digitBase, type Parameter, type Shader } from "./shader.ts"
