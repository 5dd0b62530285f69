/** Compiling a module, with errors that show the instructions they are about. */

import type { FunctionBuilder, ModuleBuilder } from "./assembler.ts"
import { ByteReader } from "./binary.ts"

/** Lines shown before the one that the engine names, and after: it may name just an operand. */
const before = 8
const after = 4

/**
 * Compiles a finished module on this thread.
 * @throws Error with the engine's words and the instructions around the one it names.
 */
export function compile(module: ModuleBuilder): WebAssembly.Module {
  const bytes = module.finish()
  try {
    return new WebAssembly.Module(bytes)
  } catch (cause) {
    throw new Error(explain(module, bytes, cause), { cause })
  }
}

function explain(module: ModuleBuilder, bytes: Uint8Array, cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause)
  // V8 writes @+123, SpiderMonkey "at offset 123".
  const offset = /(?:@\+|at offset )(\d+)/.exec(message)?.[1]
  if (offset === undefined) return message
  const place = locate(module.functions, bytes, Number(offset))
  if (place === undefined) return message
  const lines = place.builder.lines()
  const failed = lines.findLastIndex(({ position }) => position <= place.position)
  const start = Math.max(0, failed - before)
  const shown = lines.slice(start, failed + 1 + after).map(({ text }, i) => {
    return `${start + i === failed ? ">" : " "} ${text}`
  })
  return [`${message}, in ${place.builder.name}:`, ...shown].join("\n")
}

/** The function, and the place among its instructions, of a byte of the module. */
function locate(
  functions: readonly FunctionBuilder[],
  bytes: Uint8Array,
  offset: number,
): { builder: FunctionBuilder; position: number } | undefined {
  const reader = new ByteReader(bytes)
  reader.bytes(8)
  while (!reader.done) {
    const section = reader.byte()
    const size = reader.u32()
    if (section !== 10) reader.bytes(size)
    else {
      reader.u32()
      for (const builder of functions) {
        reader.bytes(reader.u32())
        // The body ends with its instructions and one `end`; declarations of locals stand before.
        const start = reader.position - 1 - builder.length
        if (offset < reader.position) return { builder, position: offset - start }
      }
    }
  }
  return undefined
}
