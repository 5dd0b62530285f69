/** A fit as it is told to people: the network and its price, the progress, the bill, the result. */

import type { Evaluation, FitOffer, FitProgress, FitResult } from "../fit/index.ts"
import type { Layer } from "../nn/index.ts"
import { priceToJson } from "../price/index.ts"
import { amount, bytes, interval, share } from "./figures.ts"
import { billBesideQuote } from "./settlement.ts"
import { styled, table } from "./terminal.ts"

/** The network, layer by layer. */
export function networkText({ network }: FitOffer): string {
  const sizes = new Map<string, number>()
  for (const { name, shape } of network.arrays()) {
    const [group, layer] = name.split("/")
    if (group !== "parameters") continue
    sizes.set(layer, (sizes.get(layer) ?? 0) + shape.reduce((a, b) => a * b, 1))
  }
  const rows = network.summary.map(({ name, layer, output }) => [
    describeLayer(layer),
    output.join(" × "),
    (sizes.get(name) ?? 0).toLocaleString("en-US"),
  ])
  const total = [...sizes.values()].reduce((a, b) => a + b, 0)
  return table([
    ["layer", "gives", "parameters"],
    ["(the image)", network.input.join(" × "), "0"],
    ...rows,
    ["together", "", total.toLocaleString("en-US")],
  ])
}

function describeLayer(layer: Layer): string {
  switch (layer.kind) {
    case "convolution":
      return `convolution ${layer.kernel.join(" × ")}`
    case "maxPool":
    case "averagePool":
      return `${layer.kind === "maxPool" ? "max pooling" : "mean pooling"} ${layer.window.join(" × ")}`
    case "globalAveragePool":
      return "mean over all places"
    case "dropout":
      return `dropout ${layer.rate}`
    case "batchNorm":
      return "batch normalisation"
    case "layerNorm":
      return "layer normalisation"
    case "localResponseNorm":
      return `response normalisation over ${layer.size} channels`
    case "activation":
      return layer.name
    case "embedding":
      return `embedding of ${layer.vocabulary} tokens`
    case "unembedding":
      return "the embedding again"
    case "positions":
      return `${layer.form} positions`
    case "selfAttention":
      return `${layer.causal ? "causal " : ""}attention, ${layer.heads} heads`
    case "residual":
      return `residual: ${layer.layers.map(describeLayer).join(", ")}`
    case "dense":
    case "flatten":
      return layer.kind
  }
  return layer satisfies never
}

/** The price of a step and of the whole fit under the RAM and the GPU model. */
export function priceText({ step, whole, recipe, steps, checks }: FitOffer): string {
  const row = (name: string, of: (price: typeof step) => string): string[] => [
    name,
    of(step),
    of(whole),
  ]
  const columns = [
    "",
    `one step of ${recipe.batch} images`,
    `${amount(steps)} steps, ${checks} checks`,
  ]
  return [
    table([
      columns,
      row("work, in scalar operations", ({ work }) => amount(work)),
      row("span, the longest chain of them", ({ span }) => amount(span)),
      row("RAM model: time on 1 thread", ({ ram }) => amount(ram.time)),
      row("           memory", ({ ram }) => bytes(ram.memory)),
      row("GPU model: time", ({ gpu }) => amount(gpu.time)),
      row("           threads", ({ gpu }) => amount(gpu.threads)),
      row("           memory", ({ gpu }) => bytes(gpu.memory)),
    ]),
    "  One scalar operation is one unit of work and one step of time, on any machine.",
  ].join("\n")
}

/** What the fit will take on this machine. */
export function quoteText({ quote, epochs }: FitOffer): string {
  return (
    `  ${interval(quote.seconds, quote.interval)}, ${bytes(quote.bytes)}, ` +
    `${quote.threads} ${quote.threads === 1 ? "thread" : "threads"} of the device ${quote.device}, ` +
    `to see every image ${Number(epochs.toPrecision(3))} times`
  )
}

/** One line of progress. */
export function progressText(progress: FitProgress): string {
  const { step, steps, loss, accuracy, validationAccuracy, samplesPerSecond } = progress
  return [
    `step ${step}/${steps}`,
    `loss ${loss.toFixed(4)}`,
    `accuracy ${share(accuracy)}`,
    `held-out ${validationAccuracy === undefined ? "–" : share(validationAccuracy)}`,
    `${Math.ceil(progress.secondsLeft)} s left`,
    `${Math.round(samplesPerSecond).toLocaleString("en-US")} images/s`,
    bytes(progress.bytes),
  ].join("  ")
}

/** The bill beside the quote. */
export function billText({ offer, bill }: FitResult): string {
  return billBesideQuote(offer.quote, bill)
}

/** How many of the images were told apart. */
export function accuracyText(evaluation: Evaluation, what: string): string {
  const { accuracy, correct, count } = evaluation
  const numbers = `${correct.toLocaleString("en-US")} of ${count.toLocaleString("en-US")}`
  return `  ${styled("bold", share(accuracy))} of the ${what} are recognised: ${numbers}`
}

/** Which classes were taken for which: a row for each true class, a column for each found one. */
export function confusionText({ confusion }: Evaluation): string {
  const head = ["true \\ found", ...confusion.map((_, found) => String(found)), "recognised"]
  const rows = confusion.map((row, label) => {
    const count = row.reduce((a, b) => a + b, 0)
    const cells = row.map((found) => (found === 0 ? "-" : String(found)))
    return [String(label), ...cells, count === 0 ? "-" : share(row[label] / count)]
  })
  return table([head, ...rows])
}

/** The result as plain data. */
export function resultJson(result: FitResult, saved: string): object {
  const { offer, bill, validation, test, steps, bestStep, history } = result
  const { network, recipe, epochs, checks, trainingImages, validationImages } = offer
  return {
    network,
    recipe,
    offeredSteps: offer.steps,
    steps,
    epochs,
    checks,
    trainingImages,
    validationImages,
    price: { step: priceToJson(offer.step), whole: priceToJson(offer.whole) },
    quote: offer.quote,
    bill,
    bestStep,
    validation,
    test,
    history,
    saved,
  }
}
