// Writes docs/commands.md: what every command answers to --help.

import { writeFileSync } from "node:fs"
import type { Command } from "commander"
import { commandTree } from "../src/cli/program.ts"

const width = 96

const opening = `# The command line

Every command and all of its options, as \`--help\` tells them; a test compares this page with the
code (\`node scripts/commands.ts\` makes it). In a project that has the package, and in this
repository, \`npx tradespace COMMAND\` runs one; in the repository \`node bin/tradespace.js COMMAND\` does
the same, and npm has no say about the Node that you have, in whose place the pinned one runs.

All commands take \`--json\`: one JSON document on standard output and nothing else there. Progress
and notices go to standard error. The exit status is 0 on success, 1 when the task failed, 2 when the
command was used wrongly and 130 when it was interrupted; an error is one sentence, and \`--debug\`
in front of the command adds where it came from. There, too, \`tradespace --tune never COMMAND\`
keeps \`cpu\` and \`native\` from looking, once for a machine, for the tiles that suit a processor of
which they know nothing; \`always\` has them look on any
([native.md](native.md#processors-that-were-not-measured)).
`

/** A command's help as it is shown on a terminal of a fixed width. */
function helpOf(command: Command): string {
  let text = ""
  command.configureOutput({
    writeOut: (part) => {
      text += part
    },
    getOutHelpWidth: () => width,
    getOutHasColors: () => false,
  })
  command.outputHelp()
  return text.trim()
}

/** The text of docs/commands.md. */
export function commandsPage(): string {
  const { commands } = commandTree()
  const rows = commands.map(
    (each) => `| [${each.name()}](#${each.name()}) | ${each.description()} |`,
  )
  const table = ["| command | |", "|---|---|", ...rows].join("\n")
  const sections = commands.map(
    (command) => `## ${command.name()}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\`\n`,
  )
  return `${opening}\n${table}\n\n${sections.join("\n")}`
}

if (import.meta.main) writeFileSync("docs/commands.md", commandsPage())
