import { vi } from "vitest"
import { runCommandLine } from "../../src/cli/program.ts"
import type { Outcome } from "./command.ts"

/** Runs a command line in this process, which loads its code once for many of them. */
export async function inProcess(...args: readonly string[]): Promise<Outcome> {
  let output = ""
  let errors = ""
  const spies = [
    vi.spyOn(process.stdout, "write").mockImplementation((text) => {
      output += String(text)
      return true
    }),
    vi.spyOn(process.stderr, "write").mockImplementation((text) => {
      errors += String(text)
      return true
    }),
  ]
  try {
    const status = await runCommandLine(args)
    return { status, output, errors }
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}
