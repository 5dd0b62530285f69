// The door to every command of this project: it makes sure that the locked packages are installed,
// then hands over to the pinned Node. Any Node that npm itself runs on can run this file.

import { delimiter, join } from "node:path"
import { run } from "./child.js"
import { install, root } from "./install.js"

/** What the pinned Node is given for each command; the user's own arguments follow. */
const commands = {
  start: ["src/cli/main.ts", "start"],
  test: ["scripts/test.js"],
  build: ["scripts/build.js"],
  bench: ["bench/main.ts"],
  "bench:fit": ["bench/fit.ts"],
  "bench:planner": ["bench/planner.ts"],
  "bench:quotes": ["bench/quotes.ts"],
  "bench:trade": ["bench/trade.ts"],
  "bench:multiply": ["bench/multiply.ts"],
  "bench:lanes": ["bench/lanes.ts"],
  typecheck: ["node_modules/typescript/bin/tsc"],
  lint: ["node_modules/@biomejs/biome/bin/biome", "ci", "--error-on-warnings"],
  format: ["node_modules/@biomejs/biome/bin/biome", "check", "--write"],
  docs: ["node_modules/typedoc/bin/typedoc"],
}

const [name = "", ...rest] = process.argv.slice(2)
const command = Object.entries(commands).find(([known]) => known === name)?.[1]
if (command === undefined) {
  console.error(`"${name}" is not a command; the commands are ${Object.keys(commands).join(", ")}.`)
  process.exit(2)
}

try {
  const node = install()
  // Whatever the command starts by the name of "node" is the pinned Node as well.
  const path = [join(node, ".."), join(root, "node_modules/.bin"), process.env.PATH].join(delimiter)
  const env = { ...process.env, PATH: path }
  process.exitCode = await run(node, [...command, ...rest], { cwd: root, env })
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
