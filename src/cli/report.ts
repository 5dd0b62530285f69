/** `tradespace report`: how a network came about and how good it is, told again from its folder. */

import { Command } from "commander"
import { type FittedNetwork, loadNetwork } from "../fit/index.ts"
import { writeWhole } from "./files.ts"
import { endingText, problemText, recordJson, resultText } from "./fit-data-report.ts"
import { examples, jsonOption } from "./options.ts"
import { say, sayJson, styled } from "./terminal.ts"

interface Options {
  readonly out?: string
  readonly json?: boolean
}

export function reportCommand(): Command {
  return new Command("report")
    .description("how a fitted network came about, and how good it is")
    .argument("<folder>", "where tradespace fit saved the network")
    .option("--out <file>", "write the report there too, as one HTML page that needs no other file")
    .addOption(jsonOption())
    .addHelpText("after", examples("report out/houses", "report out/houses --out houses.html"))
    .action(run)
}

async function run(folder: string, { out, json }: Options): Promise<void> {
  const network = await loadNetwork(folder)
  if (out !== undefined) await writeWhole(out, network.report)
  if (json) return sayJson({ ...recordJson(network, folder), out })
  for (const [heading, text] of sections(network, folder)) {
    say(`${styled("bold", heading)}\n${text}\n`)
  }
  if (out !== undefined) say(`The report is in ${out}`)
}

function sections(network: FittedNetwork, folder: string): readonly (readonly [string, string])[] {
  const { task, record } = network
  return [
    [`The task, from ${record.source}`, problemText({ task, ...record })],
    ["The bill beside the quote", endingText(record)],
    ["The result", resultText(network, folder)],
    ["Again", `  ${record.command}`],
  ]
}
