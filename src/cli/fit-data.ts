/** `tradespace fit` for every kind of data in the table of solvers. */

import { type FitSettings, type FittedNetwork, fit, resumeFit } from "../fit/index.ts"
import {
  endingText,
  frontierText,
  offerText,
  priceText,
  problemText,
  progressLine,
  recordJson,
  resultText,
} from "./fit-data-report.ts"
import { interruptible } from "./interruption.ts"
import { LiveLine, say, sayJson, styled } from "./terminal.ts"

/** Fits or goes on with a fit, telling what it takes before and after; the result is saved. */
export async function fitData(
  source: string | undefined,
  settings: FitSettings & { readonly out: string },
  json: boolean,
): Promise<FittedNetwork> {
  const stopped = `stopped before the end: go on with tradespace fit --resume ${settings.out}`
  return interruptible(async (signal) => {
    const told = teller(json)
    const all = { ...settings, ...told.listeners, signal }
    const network = await (source === undefined
      ? resumeFit(settings.out, all)
      : fit(source, all)
    ).finally(() => told.end())
    if (json) sayJson(recordJson(network, settings.out))
    else {
      heading("The bill beside the quote")
      say(endingText(network.record))
      heading("The result")
      say(resultText(network, settings.out))
    }
    return network
  }, stopped)
}

type Listeners = Pick<FitSettings, "onProblem" | "onOffer" | "onProgress" | "onEvent">

/** Tells people in words on standard output, machines in JSON lines on standard error. */
function teller(json: boolean): { readonly listeners: Listeners; end(): void } {
  if (json) {
    const event = (name: string, value: object): void => {
      process.stderr.write(`${JSON.stringify({ event: name, ...value })}\n`)
    }
    let last = Number.NEGATIVE_INFINITY
    const listeners: Listeners = {
      onProblem: ({ task, reasons, findings, split }) =>
        event("problem", { task, reasons, findings, split }),
      onOffer: ({ steps, epochs, checks, chosen, quote }) =>
        event("offer", { size: chosen.choice.size, steps, epochs, checks, quote }),
      onProgress(progress) {
        if (performance.now() - last < jsonInterval && progress.step < progress.steps) return
        last = performance.now()
        event("progress", progress)
      },
      onEvent: (message) => event("notice", { message }),
    }
    return { listeners, end: () => {} }
  }
  const line = new LiveLine(process.stdout)
  line.show("Reading the data …")
  const listeners: Listeners = {
    onProblem(problem) {
      line.end()
      heading("The task")
      say(problemText(problem))
      line.show("Measuring what this machine can do …")
    },
    onOffer(offer) {
      line.end()
      heading("What the time and memory buy")
      say(frontierText(offer))
      heading("Its price, before anything runs")
      say(priceText(offer))
      heading("The quote for this machine")
      say(offerText(offer))
      heading("The fit")
    },
    onProgress: (progress) => line.show(progressLine(progress)),
    onEvent(message) {
      line.end()
      say(`  ${styled("yellow", message)}`)
    },
  }
  return { listeners, end: () => line.end() }
}

/** Milliseconds between two events of progress. */
const jsonInterval = 500

function heading(text: string): void {
  say()
  say(styled("bold", text))
}
