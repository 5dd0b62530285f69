/** The emitting methods that the opcode table makes. */

import type { ByteWriter } from "./binary.ts"
import type { Immediate, ImmediateArguments, Namespace, Opcodes, Row } from "./opcodes.ts"
import { immediateWriters, opcodes, writeCode } from "./opcodes.ts"

type Method<R> = R extends readonly [number, string, infer I extends Immediate]
  ? (...values: ImmediateArguments[I]) => void
  : () => void

/** The emitting methods of a namespace such as `f32x4`. */
export type Instructions<N extends Namespace> = {
  readonly [M in keyof Opcodes[N]]: Method<Opcodes[N][M]>
}

interface Emitting {
  readonly body: ByteWriter
}

/** One prototype per namespace, made once from the table; its methods write to `this.body`. */
const prototypes = new Map(
  Object.entries(opcodes).map(([namespace, rows]) => {
    const methods = Object.entries<Row>(rows).map(([name, [code, , immediate]]) => {
      return [name, { value: emitter(code, immediate) }] as const
    })
    return [namespace, Object.create(null, Object.fromEntries(methods)) as object] as const
  }),
)

function emitter(code: number, immediate: Immediate | undefined) {
  if (immediate === undefined) {
    return function (this: Emitting): void {
      writeCode(this.body, code)
    }
  }
  const write: (body: ByteWriter, ...values: never[]) => void = immediateWriters[immediate]
  return function (this: Emitting, ...values: never[]): void {
    writeCode(this.body, code)
    write(this.body, ...values)
  }
}

/**
 * The emitting methods of a namespace, which write to `body`.
 *
 * They are made from the very table that {@link Instructions} maps, so the types agree.
 */
export function instructions<N extends Namespace>(namespace: N, body: ByteWriter): Instructions<N> {
  return Object.create(prototypes.get(namespace) ?? null, { body: { value: body } })
}
