/** The table of solvers: a kind of data is a row here. */

import { type Files, readTable, type Table } from "../data/index.ts"
import { SettingError } from "./finding.ts"
import { imageSolver } from "./images/image-solver.ts"
import { seriesSolver } from "./series/series-solver.ts"
import type { Look, Solver, SolverOptions } from "./solver.ts"
import { tableSolver } from "./tables/table-solver.ts"
import { textSolver } from "./text/text-solver.ts"

/** Asked in this order whether a source is theirs. */
export const solvers: readonly Solver[] = [textSolver, imageSolver, seriesSolver, tableSolver]

/** Rows of a table by which it is recognised. */
const lookedAt = 500

/**
 * The solver of a kind, or the first that recognises the source.
 * @throws RangeError when there is none, saying what can be solved.
 */
export async function solverFor(
  source: string,
  { kind, delimiter, header, commas }: SolverOptions,
  files: Files,
): Promise<Solver> {
  const takes = solvers.map((solver) => `${solver.kind} (${solver.takes})`).join("; ")
  if (kind !== undefined) {
    const named = solvers.find((solver) => solver.kind === kind)
    if (named === undefined)
      throw new SettingError(`kind is ${kind}, which must be one of: ${takes}`)
    return named
  }
  let rows: Promise<Table | undefined> | undefined
  const readRows = () =>
    readTable(source, { ...{ delimiter, header, commas }, mostRows: lookedAt, files }).catch(
      () => undefined,
    )
  const look: Look = { files, rows: () => (rows ??= readRows()) }
  for (const solver of solvers) if (await solver.recognises(source, look)) return solver
  throw new SettingError(`${source} is of no kind that is known: give one of ${takes}`)
}
