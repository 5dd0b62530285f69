/** Programs to WGSL: the shaders of every kernel, and the memories that they share. */

import { type GroupTarget, type Kernel, kernelsOf, type Program } from "../../schedule/index.ts"
import { emitContraction } from "./contraction.ts"
import { emitLoop } from "./loop.ts"
import { Memories, type Memory } from "./memories.ts"
import { emitScan } from "./scan.ts"
import { emitScatter } from "./scatter.ts"
import type { Shader, ShaderSite } from "./shader.ts"
import { emitSort } from "./sort.ts"

export interface WgslProgram {
  /** The shaders of each kernel, run one after another. */
  readonly shaders: ReadonlyMap<Kernel, readonly Shader[]>
  /** What a run's memories are: the shaders name them by number. */
  readonly memories: Memories
  /** Bytes of the scratch memory, the last of the memories. */
  readonly scratchBytes: number
}

export type { Memory }

/** The shaders of a program that was scheduled for a target of workgroups. */
export function emitWgsl(program: Program, target: GroupTarget): WgslProgram {
  const memories = new Memories(program, target.segmentBytes)
  const site: ShaderSite = { memories, target }
  const shaders = new Map<Kernel, readonly Shader[]>()
  let scratchBytes = 0
  for (const kernel of kernelsOf(program.steps)) {
    switch (kernel.kind) {
      case "loop":
        shaders.set(kernel, [emitLoop(site, kernel)])
        break
      case "contraction":
        shaders.set(kernel, [emitContraction(site, kernel)])
        break
      case "scan":
        shaders.set(kernel, [emitScan(site, kernel)])
        break
      case "scatter":
        shaders.set(kernel, [emitScatter(site, kernel)])
        break
      case "sort": {
        const sort = emitSort(site, kernel)
        shaders.set(kernel, sort.shaders)
        scratchBytes = Math.max(scratchBytes, sort.scratchBytes)
        break
      }
    }
  }
  return { shaders, memories, scratchBytes }
}
