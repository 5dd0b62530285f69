/** A learnt function in use without the function itself: for rows, files and requests. */

import { readTable } from "../../data/index.ts"
import type { JsonSchema, Predictions } from "../solver.ts"
import type { Task } from "../task.ts"
import type { Input } from "./domain.ts"
import { functionReport } from "./function-report.ts"
import { functionSource } from "./function-source.ts"
import { type Learning, strange } from "./learn.ts"
import type { SurrogateReport } from "./report.ts"
import type { Target } from "./samples.ts"
import { loadLearning } from "./saved-function.ts"
import { type Surrogate, standIn } from "./surrogate.ts"

/** What serving and predicting need of a fitted network, for a function. */
export class FittedFunction {
  readonly task: Task
  readonly source: string
  readonly inputSchema: JsonSchema
  readonly #learning: Learning

  constructor(learning: Learning, source: string) {
    this.#learning = learning
    this.source = source
    const { axes } = learning.machine.box
    this.task = {
      kind: "function",
      goal: "surrogate",
      inputs: axes.map(({ name }) => name),
      target: "value",
      metric: { name: "bound", higher: false, unit: "" },
    }
    this.inputSchema = {
      type: "object",
      required: axes.map(({ name }) => name),
      additionalProperties: false,
      properties: Object.fromEntries(
        axes.map((axis) => [
          axis.name,
          axis.kind === "words"
            ? { enum: axis.words, examples: axis.words }
            : {
                type: axis.kind === "int" ? "integer" : "number",
                minimum: axis.low,
                maximum: axis.high,
              },
        ]),
      ),
    }
  }

  /** Itself: what a fitted network of any kind has. */
  get fitted(): FittedFunction {
    return this
  }

  /** Whether {@link predict} computes on the default device; a Gaussian process is computed by the host. */
  get isOnDevice(): boolean {
    return this.#learning.machine.learnt.isOnDevice
  }

  get figures(): SurrogateReport {
    return this.#learning.report
  }

  get report(): string {
    return functionReport(this.#learning, this.source)
  }

  /** A JavaScript module without imports. */
  toSource(name = "surrogate"): string {
    return functionSource(this.#learning, name)
  }

  /** The surrogate as it was made, with the function behind it. */
  with(f: Target): Surrogate<Input> {
    return standIn(f, this.#learning)
  }

  /**
   * The value at each input: `{ value }`, or `{ value1, value2, … }`.
   * @throws RangeError naming the row that lies outside the domain.
   */
  async predict(rows: readonly unknown[]): Promise<Predictions> {
    const { machine, threshold } = this.#learning
    const inputs = rows.map((row, i) => this.#inputOf(row, `row ${i + 1}`))
    let unsure = 0
    const told = (await machine.batch(inputs)).map((values, i) => {
      if (machine.judge(inputs[i]).spread > threshold) unsure++
      return Object.fromEntries(
        values.map((value, o) => [values.length === 1 ? "value" : `value${o + 1}`, value]),
      )
    })
    const notes =
      unsure === 0
        ? []
        : [`at ${unsure} of ${rows.length} inputs the function itself should be asked`]
    return { rows: told, notes }
  }

  /** The values at the rows of a table. */
  async predictFile(path: string): Promise<Predictions> {
    const { columns, rows } = await readTable(path)
    const inputs = Array.from({ length: rows }, (_, row) =>
      Object.fromEntries(
        columns.map((column) => [
          column.name,
          column.form === "numbers" ? column.values[row] : column.dictionary[column.codes[row]],
        ]),
      ),
    )
    return this.predict(inputs)
  }

  #inputOf(row: unknown, where: string): Input {
    const cells: Partial<Record<string, unknown>> = Object(row)
    const input: Record<string, number | string> = {}
    for (const { name } of this.#learning.machine.box.axes) {
      const cell = cells[name]
      if (typeof cell !== "number" && typeof cell !== "string") {
        throw new RangeError(
          `${where} lacks ${name}: its inputs are ${this.task.inputs.join(", ")}`,
        )
      }
      input[name] = cell
    }
    const reason = strange(this.#learning, input)
    if (reason !== undefined) throw new RangeError(`${where}: ${reason}`)
    return input
  }
}

/**
 * Reads a learnt function from its folder.
 * @throws Error in one sentence when the folder holds none, or one of another version.
 * @example
 * // Not run: it reads files.
 * const learnt = await loadSurrogate("out/pendulum")
 */
export async function loadSurrogate(folder: string): Promise<FittedFunction> {
  const { learning, source } = await loadLearning(folder)
  return new FittedFunction(learning, source)
}
