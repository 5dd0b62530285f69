/** The script of a worker that has its memory for itself: see `solo.ts`. */

import { type Home, home, reasonOf } from "./home.ts"
import { instantiate, type Main } from "./part.ts"
import type { FromSolo, ToSolo } from "./solo-messages.ts"

const host: Home<FromSolo, ToSolo> = home()
const modules = new Map<number, WebAssembly.Module>()
const mains = new Map<number, Main>()
let memory: WebAssembly.Memory | undefined
let failed = false

host.onmessage = ({ data }) => {
  if (failed) return
  try {
    hear(data)
  } catch (error) {
    failed = true
    host.postMessage({ kind: "failed", reason: reasonOf(error) })
  }
}

function hear(message: ToSolo): void {
  if (message.kind === "open") {
    memory = new WebAssembly.Memory({ initial: message.pages, maximum: message.maximum })
    host.postMessage({ kind: "ready" })
    return
  }
  if (memory === undefined) throw new Error("a message came before the memory was opened")
  switch (message.kind) {
    case "grow":
      memory.grow(message.pages)
      return
    case "write":
      new Uint8Array(memory.buffer).set(message.bytes, message.address)
      return
    case "read": {
      const { request, address } = message
      const bytes = new ArrayBuffer(message.bytes)
      new Uint8Array(bytes).set(new Uint8Array(memory.buffer, address, message.bytes))
      host.postMessage({ kind: "answer", request, bytes })
      return
    }
    case "load":
      modules.set(message.program, message.module)
      return
    case "unload":
      modules.delete(message.program)
      mains.delete(message.program)
      return
    case "run":
      mainOf(message.program, memory)(0, 1, message.args)
      host.postMessage({ kind: "answer", request: message.request })
  }
}

function mainOf(program: number, memory: WebAssembly.Memory): Main {
  const known = mains.get(program)
  if (known !== undefined) return known
  const module = modules.get(program)
  if (module === undefined) throw new Error(`program ${program} is not loaded`)
  const main = instantiate(module, memory)
  mains.set(program, main)
  return main
}
