/** The Python that has PyTorch, if there is one: the bench never installs it. */

import { spawnSync } from "node:child_process"

/** Set by `--python`, or by the user. */
export const pythonVariable = "TRADESPACE_PYTHON"

/** The path of the Python that was named. */
export function pythonOf(): string | undefined {
  return process.env[pythonVariable] || undefined
}

/** Why PyTorch cannot be measured; undefined where it can. */
export function lacksPyTorch(): string | undefined {
  const python = pythonOf()
  if (python === undefined) {
    return `no Python was named (--python PATH or ${pythonVariable}, one that can import torch)`
  }
  const { status, error, stderr } = spawnSync(python, ["-c", "import torch"], { encoding: "utf8" })
  if (error !== undefined) return `${python} could not be started: ${error.message}`
  if (status !== 0) return `${python} cannot import torch: ${stderr.trim().split("\n").at(-1)}`
  return undefined
}
