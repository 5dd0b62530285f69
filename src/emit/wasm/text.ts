/** WebAssembly instructions back to the text format, for reading and for snapshots. */

import { ByteReader } from "./binary.ts"
import type { Immediate, Row } from "./opcodes.ts"
import { opcodes, readImmediate } from "./opcodes.ts"

/** What a local is called in text. */
interface NamedLocal {
  readonly name: string | undefined
}

interface Instruction {
  readonly mnemonic: string
  readonly immediate: Immediate | undefined
}

const byCode = new Map<number, Instruction>()
for (const [namespace, rows] of Object.entries(opcodes)) {
  for (const [name, [code, , immediate]] of Object.entries<Row>(rows)) {
    if (!byCode.has(code)) byCode.set(code, { mnemonic: mnemonic(namespace, name), immediate })
  }
}

/** The dots that method names write as `_`. */
function mnemonic(namespace: string, name: string): string {
  const dotted = name.replace("atomic_", "atomic.").replace(/(rmw\w*)_([a-z]+)$/, "$1.$2")
  return `${namespace}.${dotted}`
}

const valueTypeNames = new Map([
  [0x7f, "i32"],
  [0x7e, "i64"],
  [0x7d, "f32"],
  [0x7c, "f64"],
  [0x7b, "v128"],
])

/** Control, variable and parametric instructions, whose immediates need more than bytes. */
const structural = new Map<number, string>([
  [0x00, "unreachable"],
  [0x01, "nop"],
  [0x02, "block"],
  [0x03, "loop"],
  [0x04, "if"],
  [0x05, "else"],
  [0x0b, "end"],
  [0x0c, "br"],
  [0x0d, "br_if"],
  [0x0e, "br_table"],
  [0x0f, "return"],
  [0x10, "call"],
  [0x11, "call_indirect"],
  [0x1a, "drop"],
  [0x1b, "select"],
  [0x20, "local.get"],
  [0x21, "local.set"],
  [0x22, "local.tee"],
  [0x23, "global.get"],
  [0x24, "global.set"],
])

/** One instruction: where its first byte stands, and its text. */
export interface Line {
  readonly position: number
  readonly text: string
}

/** One line per instruction, indented by block. Work: one pass over the bytes. */
export function disassemble(body: Uint8Array, locals: readonly NamedLocal[]): Line[] {
  const bytes = new ByteReader(body)
  const lines: Line[] = []
  let indent = 0
  while (!bytes.done) {
    const { position } = bytes
    const first = bytes.byte()
    const name = structural.get(first)
    const line = name === undefined ? tableLine(bytes, first) : structuralLine(bytes, name, locals)
    if (name === "end" || name === "else") indent--
    lines.push({ position, text: "  ".repeat(indent) + line })
    if (name === "block" || name === "loop" || name === "if" || name === "else") indent++
  }
  return lines
}

function tableLine(bytes: ByteReader, first: number): string {
  const code = first >= 0xfc ? (first << 16) | bytes.u32() : first
  const instruction = byCode.get(code)
  if (instruction === undefined) throw new Error(`no instruction has the code ${code.toString(16)}`)
  const { mnemonic, immediate } = instruction
  return immediate === undefined
    ? mnemonic
    : `${mnemonic} ${readImmediate(bytes, immediate)}`.trimEnd()
}

function structuralLine(bytes: ByteReader, name: string, locals: readonly NamedLocal[]): string {
  switch (name) {
    case "block":
    case "loop":
    case "if":
      return blockLine(bytes, name)
    case "br":
    case "br_if":
    case "call":
    case "global.get":
    case "global.set":
      return `${name} ${bytes.u32()}`
    case "local.get":
    case "local.set":
    case "local.tee": {
      const index = bytes.u32()
      const local = locals[index]?.name
      return `${name} ${local === undefined ? index : `$${local}`}`
    }
    case "call_indirect": {
      const type = bytes.u32()
      bytes.byte()
      return `${name} (type ${type})`
    }
    case "br_table":
      return [name, ...Array.from({ length: bytes.u32() + 1 }, () => bytes.u32())].join(" ")
    default:
      return name
  }
}

function blockLine(bytes: ByteReader, name: string): string {
  const type = bytes.s32()
  if (type >= 0) return `${name} (type ${type})`
  const result = valueTypeNames.get(type & 0x7f)
  return result === undefined ? name : `${name} (result ${result})`
}
