/** PyTorch, in a Python of the user's choice: a child process that speaks lines of JSON. */

import { type ChildProcessByStdio, spawn } from "node:child_process"
import { createInterface } from "node:readline"
import type { Readable, Writable } from "node:stream"
import { fileURLToPath } from "node:url"
import type { Case } from "../cases/index.ts"
import type { Opened } from "../contestant.ts"
import type { RunTime } from "../process/messages.ts"
import { pythonOf } from "./python.ts"

interface About {
  readonly version: string
  readonly threads: number
  readonly setting: string
}

export async function open({ work }: Case): Promise<Opened> {
  const python = pythonOf()
  if (python === undefined) throw new Error("no Python was named")
  const peer = new Peer(python)
  const about = await peer.ask<About>({ ask: "open", work })
  const sample = (runs: number) => peer.ask<RunTime>({ ask: "sample", runs })
  return {
    ...about,
    work: {
      run: async () => {
        await sample(1)
      },
      sample,
      result: async () => {
        const { numbers } = await peer.ask<{ readonly numbers: string }>({ ask: "result" })
        const bytes = Uint8Array.from(Buffer.from(numbers, "base64"))
        return new Float32Array(bytes.buffer)
      },
    },
  }
}

type Request =
  | { readonly ask: "open"; readonly work: Case["work"] }
  | { readonly ask: "sample"; readonly runs: number }
  | { readonly ask: "result" }

/** The child process; requests are answered in order, one at a time. */
class Peer {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #lines: AsyncIterator<string>
  #complaints = ""

  constructor(python: string) {
    const script = fileURLToPath(new URL("./pytorch.py", import.meta.url))
    this.#child = spawn(python, [script], { stdio: ["pipe", "pipe", "pipe"] })
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#complaints = (this.#complaints + text).slice(-2000)
    })
    this.#child.on("error", (error) => {
      this.#complaints += error.message
    })
  }

  /** @throws Error when the request fails or the process has ended. */
  async ask<T>(request: Request): Promise<T> {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`)
    const { value, done } = await this.#lines.next()
    if (done) throw new Error(`Python ended: ${this.#complaints.trim().split("\n").at(-1)}`)
    const answer: T & { readonly failed?: string } = JSON.parse(value)
    if (answer.failed !== undefined) throw new Error(answer.failed)
    return answer
  }
}
