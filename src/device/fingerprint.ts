/** What a calibration depends on besides the machine: the code that programs become. */

import { emitC, emitProgram } from "../emit/index.ts"
import { graphKey } from "../graph/index.ts"
import {
  costOfKernel,
  kernelsOf,
  type Program,
  printProgram,
  schedule,
  type Target,
} from "../schedule/index.ts"
import { calibrationPrograms, crowdPrograms, launchPrograms } from "./calibration-programs.ts"
import type { Device } from "./device.ts"

/**
 * Grows when what is measured, what rates mean, or how the host starts programs changes: of these alone
 * the fingerprint cannot tell by itself.
 */
const version = 9

/** Programs whose code is looked at: one of each kind of kernel. */
const samples = [
  "16 fused steps over 32768",
  "exp",
  "sums of 256×1024 along axis 1",
  "product of 120×120 and 120×120",
  "convolution of 8×24×24×8 with 16 of 3×3",
  "rows in order",
  "running sums of rows",
  "additions into places",
  "elements from 4096",
  "transpose of 256×512",
  "softmax of 100×900",
  "places of greatest",
  "divisions of whole numbers",
  "functions of float64",
]

/**
 * A word that changes with the programs that are measured, with the code around them, and with the
 * schedule, the code or the counts of some of them.
 */
export function fingerprint({
  name: device,
  threads,
  processor,
  code = "",
}: Pick<Device, "name" | "threads" | "processor" | "code">): string {
  const hash = new Hash()
  hash.text(String(version))
  hash.text(code)
  const measured = [
    ...calibrationPrograms(1),
    ...crowdPrograms(1),
    ...launchPrograms(1),
    ...launchPrograms(threads),
  ]
  for (const { name, graph } of measured) {
    hash.text(name)
    hash.text(graphKey(graph))
    if (!samples.includes(name)) continue
    const program = schedule(graph, { threads, target: processor })
    hash.text(printProgram(program))
    codeOf(hash, device, program, processor)
    for (const kernel of kernelsOf(program.steps)) {
      const { instructions } = costOfKernel(kernel, processor, program.storage)
      hash.text(JSON.stringify([...instructions]))
    }
  }
  return hash.word
}

/** Takes in a program's code as a device has it; only C depends on the processor. */
export function codeOf(hash: Hash, device: string, program: Program, processor?: Target): void {
  if (device === "native" && processor !== undefined) hash.text(emitC(program, processor))
  else hash.bytes(emitProgram(program, { relaxed: true, memory: { initial: 1, maximum: 1 } }))
}

/** FNV-1a on 32 bits, twice with different beginnings. */
export class Hash {
  #low = 0x811c9dc5
  #high = 0x050c5d1f

  bytes(bytes: Uint8Array): void {
    for (const byte of bytes) {
      this.#low = Math.imul(this.#low ^ byte, 0x01000193)
      this.#high = Math.imul(this.#high ^ byte, 0x01000193) ^ (this.#high >>> 15)
    }
  }

  text(text: string): void {
    this.bytes(new TextEncoder().encode(text))
  }

  get word(): string {
    return [this.#high, this.#low].map((n) => (n >>> 0).toString(16).padStart(8, "0")).join("")
  }
}
