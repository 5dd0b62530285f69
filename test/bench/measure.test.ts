import { expect, test } from "vitest"
import type { Case } from "../../bench/cases/index.ts"
import { measure } from "../../bench/measure.ts"

const given: Case = {
  name: "sum of four",
  group: "sum",
  work: { kind: "sum", n: 4 },
  limit: { by: "overhead" },
  tolerance: 1e-6,
  pieces: 1,
  long: false,
}
const effort = { rounds: 3, sample: 1, warm: 1 }
const row = (name: string) => ({
  name,
  module: `../test/bench/fixtures/${name}.ts`,
  packages: [],
})

test("contestants that fail say why, and the others are measured all the same", async () => {
  const rows = [row("throwing"), row("sound"), row("dying"), { ...row("sound"), name: "again" }]
  const { outcomes } = await measure(given, rows, effort)
  expect(outcomes).toMatchObject([
    { contestant: "throwing", failure: "this library has no sums" },
    { contestant: "sound", version: "1.0.0", setting: "adds from the left", difference: 0 },
    { contestant: "dying", failure: expect.stringContaining("its process ended") },
    { contestant: "again", threads: 1, difference: 0 },
  ])
  for (const outcome of outcomes) {
    if (!("failure" in outcome)) expect(outcome.samples).toHaveLength(effort.rounds)
  }
})
