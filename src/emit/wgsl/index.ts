export { emitGate, type GatedDispatch, wordsOfDispatch } from "./gate.ts"
export { Memories, type Memory } from "./memories.ts"
export { emitWgsl, type WgslProgram } from "./program.ts"
export { digitBase, type Parameter, type Shader } from "./shader.ts"
