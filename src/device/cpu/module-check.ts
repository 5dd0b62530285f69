/** What a module must import and export to be run by the threads of the cpu device. */

import { DeviceError } from "../device.ts"
import { hostMaths } from "./host-maths.ts"

/** @throws DeviceError when a module is no program. */
export function checkProgram(module: WebAssembly.Module): void {
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    const memory = from === "env" && name === "memory" && kind === "memory"
    const maths = from === "math" && name in hostMaths && kind === "function"
    const clock = from === "env" && name === "now" && kind === "function"
    if (!memory && !maths && !clock) {
      throw new DeviceError(
        `a program imports env.memory, env.now and functions of math, but this one ${from}.${name}`,
      )
    }
  }
  const main = WebAssembly.Module.exports(module).find(({ name }) => name === "main")
  if (main?.kind !== "function") throw new DeviceError("a program must export a function main")
}
