/** Programs to WGSL: the shaders of every kernel, and the memories that they share. */

import { type GroupTarget, type Kernel, kernelsOf, type Program } from "../../schedule/index.ts"
import { emitContraction } from "./contraction.ts"
import { emitLoop } from "./loop.ts"
import { Memories } from "./memories.ts"
import { emitScan } from "./scan.ts"
import { emitScatter } from "./scatter.ts"
import type { Shader, ShaderSite } from "./shader.ts"
import { emitSort } from "./sort.ts"

export interface WgslProgram {
  /** The shaders of each kernel, run one after another. */
  readonly shaders: ReadonlyMap<Kernel, readonly Shader[]>
  /** What a run's memories are: the shaders name them by number. */
  readonly memories: Memories
  /** Bytes of the scratch memory. */
  readonly scratchBytes: number
}

/**
 * The shaders of a program that was scheduled for a target of workgroups. Where one would be bound
 * to more memories than the target allows, the smallest inputs and outputs are joined in one.
 */
export function emitWgsl(program: Program, target: GroupTarget): WgslProgram {
  const join = new Set<number>()
  for (;;) {
    const memories = new Memories(program, target.segmentBytes, join)
    const wgsl = emitAll(program, { memories, target })
    const before = join.size
    for (const { memories: bound } of [...wgsl.shaders.values()].flat()) {
      const excess = bound.length - target.storageBuffers
      if (excess <= 0) continue
      const isArray = ({ memory }: { readonly memory: number }): boolean => {
        const { kind } = memories.all[memory]
        return kind === "input" || kind === "output"
      }
      const arrays = bound.filter(isArray).map(({ memory }) => memory)
      arrays.sort((a, b) => memories.bytesOf(a) - memories.bytesOf(b))
      // The joined memory takes a place too.
      for (const memory of arrays.slice(0, excess + 1)) join.add(memory)
    }
    if (join.size === before) return wgsl
  }
}

function emitAll(program: Program, site: ShaderSite): WgslProgram {
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
      case "scan": {
        const scan = emitScan(site, kernel)
        shaders.set(kernel, scan.shaders)
        scratchBytes = Math.max(scratchBytes, scan.scratchBytes)
        break
      }
      case "scatter":
        shaders.set(kernel, [emitScatter(site, kernel)])
        break
      case "sort": {
        const sort = emitSort(site, kernel)
        shaders.set(kernel, sort.shaders)
        scratchBytes = Math.max(scratchBytes, sort.scratchBytes)
        break
      }
      case "merge":
        throw new Error("workgroups sort whole rows, so that nothing is left to merge")
    }
  }
  return { shaders, memories: site.memories, scratchBytes }
}
