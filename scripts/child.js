import { spawn } from "node:child_process"
import { constants } from "node:os"

const passedOn = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])

/**
 * Runs a command to its end with our own terminal, passing on the signals that ask us to stop.
 * Resolves to its exit code, or 128 + n where signal n ended it, as shells have it. Where that was
 * a signal sent to us, it ends us too. Rejects where the command cannot be started.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnOptions} [options]
 * @returns {Promise<number>}
 */
export function run(command, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: "inherit", ...options })

    /** @type {NodeJS.Signals | undefined} */
    let asked
    /** @param {NodeJS.Signals} signal */
    const passOn = (signal) => {
      asked = signal
      // Ctrl-C in a terminal has already reached the child, which is in our process group.
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal)
    }
    for (const signal of passedOn) process.on(signal, passOn)

    child.on("error", reject)
    child.on("close", (code, signal) => {
      for (const signal of passedOn) process.off(signal, passOn)
      if (signal === null) resolve(code ?? 1)
      else if (signal === asked) process.kill(process.pid, signal)
      else resolve(128 + constants.signals[signal])
    })
  })
}
