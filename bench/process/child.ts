/** The process of one contestant and one case: does what it is asked, one thing after another. */

import { setTimeout } from "node:timers/promises"
import { type Open, type Runnable, sampled } from "../contestant.ts"
import type { About, Answer, Answers, Ask, RunTime } from "./messages.ts"

let work: Runnable | undefined

async function answer(message: Ask): Promise<Answers[keyof Answers]> {
  if (message.ask === "prepare") return await open(message)
  if (work === undefined) throw new Error(`"${message.ask}" was asked before "prepare"`)
  switch (message.ask) {
    case "warm":
      return { runs: await runFor(work, message.milliseconds) }
    case "sample":
      return await timed(work, message.runs)
    case "result":
      return { numbers: sampled(await work.result()) }
  }
}

async function open(message: Extract<Ask, { readonly ask: "prepare" }>): Promise<About> {
  const door: { readonly open: Open } = await import(message.module)
  const { work: opened, ...about } = await door.open(message.case, message.variant)
  work = opened
  return { ...about, first: (await timed(opened, 1)).milliseconds }
}

async function runFor(work: Runnable, milliseconds: number): Promise<number> {
  const end = performance.now() + milliseconds
  let runs = 0
  do {
    await work.run()
    runs++
  } while (performance.now() < end)
  return runs
}

/** Milliseconds in which the collector's own threads end what they do after a collection. */
const sweeping = 20

/** All runs together; garbage of earlier ones is collected before. */
async function timed(work: Runnable, runs: number): Promise<RunTime> {
  if (work.sample !== undefined) return await work.sample(runs)
  globalThis.gc?.()
  await setTimeout(sweeping)
  const before = process.cpuUsage()
  const start = performance.now()
  for (let i = 0; i < runs; i++) await work.run()
  const milliseconds = performance.now() - start
  const { user, system } = process.cpuUsage(before)
  return { milliseconds, cpu: (user + system) / 1000 }
}

function reply(answer: Answer): void {
  process.send?.(answer)
}

process.on("disconnect", () => process.exit())
process.on("message", (message: Ask) => {
  answer(message).then(
    (value) => reply({ kind: "done", value }),
    (error: unknown) =>
      reply({ kind: "failed", message: error instanceof Error ? error.message : String(error) }),
  )
})
