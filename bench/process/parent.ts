/** A contestant's process, seen from the bench. */

import { type ChildProcess, fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { Answer, Answers, Ask } from "./messages.ts"

const script = fileURLToPath(new URL("./child.ts", import.meta.url))

/** Milliseconds that an answer may take before the contestant is given up. */
const patience = 180_000

export class Process {
  readonly #child: ChildProcess
  #complaints = ""

  constructor() {
    this.#child = fork(script, {
      serialization: "advanced",
      execArgv: ["--expose-gc", "--disable-warning=ExperimentalWarning"],
      // What libraries print must not reach the bench's output.
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    })
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#complaints = (this.#complaints + text).slice(-2000)
    })
  }

  /** @throws Error when the process fails at it, ends, or takes too long. */
  async ask<K extends Ask["ask"]>(message: Extract<Ask, { readonly ask: K }>): Promise<Answers[K]> {
    const answer = await this.#answer(message)
    if (answer.kind === "failed") throw new Error(answer.message)
    return answer.value as Answers[K]
  }

  /** Ends the process, whatever it is doing, and waits until it is gone. */
  async stop(): Promise<void> {
    const child = this.#child
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((resolve) => child.once("exit", resolve))
    child.kill("SIGKILL")
    await gone
  }

  #answer(message: Ask): Promise<Answer> {
    const child = this.#child
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer)
        child.off("message", onMessage)
        child.off("exit", onExit)
      }
      const onMessage = (answer: Answer) => {
        settle()
        resolve(answer)
      }
      const onExit = () => {
        settle()
        reject(new Error(`its process ended: ${lastLine(this.#complaints)}`))
      }
      const timer = setTimeout(() => {
        settle()
        reject(new Error(`"${message.ask}" took more than ${patience / 1000} seconds`))
      }, patience)
      child.on("message", onMessage)
      child.on("exit", onExit)
      child.send(message)
    })
  }
}

function lastLine(text: string): string {
  const lines = text.trim().split("\n")
  return lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1) ?? ""
}
