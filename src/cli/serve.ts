/** `tradespace serve`: a fitted network over HTTP. */

import { Command, InvalidArgumentError, Option } from "commander"
import { bytesOf, serveNetwork } from "../fit/index.ts"
import {
  type DeviceChoice,
  deviceOption,
  examples,
  jsonOption,
  seconds,
  threadsOption,
  wholeNumber,
} from "./options.ts"
import { loadSaved } from "./saved.ts"
import { say, sayJson } from "./terminal.ts"

interface Options extends DeviceChoice {
  readonly port: number
  readonly host: string
  readonly mostBytes: number
  readonly timeout: number
  readonly json?: boolean
}

function size(text: string): number {
  try {
    return bytesOf(text, "--most-bytes")
  } catch {
    throw new InvalidArgumentError("It must be a size such as 10MB.")
  }
}

export function serveCommand(): Command {
  return new Command("serve")
    .description("answer over HTTP with what a fitted network predicts")
    .argument("<folder>", "where tradespace fit saved the network")
    .addOption(
      new Option("--port <number>", "0 for any free one").argParser(wholeNumber(0)).default(8080),
    )
    .option("--host <name>", "0.0.0.0 for everybody on the network", "127.0.0.1")
    .addOption(
      new Option("--most-bytes <size>", "of a request's body")
        .argParser(size)
        .default(10_000_000, "10MB"),
    )
    .addOption(
      new Option("--timeout <time>", "within which a request is answered or refused")
        .argParser(seconds)
        .default(30, "30s"),
    )
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addOption(jsonOption())
    .addHelpText("after", examples("serve out/houses", "serve out/houses --port 0 --json"))
    .action(run)
}

async function run(folder: string, options: Options): Promise<void> {
  const { device, threads, port, host, mostBytes, timeout, json } = options
  const network = await loadSaved(folder, { device, threads })
  const limits = { mostBytes, timeout: 1000 * timeout }
  const serving = await serveNetwork(network, { port, host, ...limits })
  if (json) sayJson({ url: serving.url, folder })
  else {
    say(`${network.task.target} is predicted at ${serving.url} (open it to try), or`)
    const body = network.task.kind === "images" ? "--data-binary @picture.jpg" : "-d '{…}'"
    say(`  curl ${body} ${serving.url}/predict    (what to send: ${serving.url}/schema)`)
    say("Ctrl-C ends it, once what is under way is answered.")
  }
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => resolve())
  })
  await serving.close()
}
