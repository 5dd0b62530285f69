/** Rows to predict for, in the form that training saw, and what is odd about them. */

import type { Column, Table, TableHabit } from "../../data/index.ts"
import type { TableFeatures } from "./features.ts"

/** What a fitted network for tables keeps of its training, beside its weights: JSON. */
export interface TablePreprocessing {
  readonly features: TableFeatures
  /** Columns of the training data that were not learned from. */
  readonly ignored: readonly string[]
  /** How the training data were read. */
  readonly reading?: TableHabit
  /** Mean and standard deviation of a regression's target. */
  readonly scaling: { readonly mean: number; readonly deviation: number }
}

/** Cells of a column that are no numbers: how many, and the first. */
interface Strange {
  readonly count: number
  readonly first: string
}

/** Brings a table, or one part of it after another, into the known form. */
export class KnownForm {
  readonly #preprocessing: TablePreprocessing
  readonly #target: string
  /** Columns of the table, in its order. */
  #names: readonly string[] = []
  readonly #strange = new Map<string, Strange>()
  readonly #unseen = new Map<string, Set<string>>()

  constructor(preprocessing: TablePreprocessing, target: string) {
    this.#preprocessing = preprocessing
    this.#target = target
  }

  /** @throws RangeError when the table lacks a column that the network was fitted with. */
  of(table: Table): Table {
    const { features } = this.#preprocessing
    this.#names = table.columns.map(({ name }) => name)
    const lacking = [...this.#used()].filter((name) => !this.#names.includes(name))
    if (lacking.length > 0) {
      throw new RangeError(
        `${table.name} lacks ${lacking.length === 1 ? "the column" : "the columns"} ` +
          `${lacking.map((name) => `"${name}"`).join(", ")} that the network was fitted with`,
      )
    }
    const numeric = new Set(
      features.numbers.filter(({ part }) => part === "value").map(({ column }) => column),
    )
    const columns = table.columns.map((column) =>
      numeric.has(column.name) ? this.#asNumbers(column) : column,
    )
    for (const column of columns) this.#lookForUnseen(column)
    return { ...table, columns }
  }

  /** What was odd about all that was brought into the form, in sentences. */
  notes(): string[] {
    const { features, ignored } = this.#preprocessing
    const known = new Set([...this.#used(), ...ignored, this.#target])
    const extra = this.#names.filter((name) => !known.has(name))
    const strange = this.#names.flatMap((name) => {
      const found = this.#strange.get(name)
      return found === undefined
        ? []
        : [
            `${found.count} cells of "${name}" are no numbers, such as "${found.first}": they count ` +
              "as missing",
          ]
    })
    const unseen = features.categories.flatMap(({ column }) => {
      const words = this.#unseen.get(column)
      if (words === undefined) return []
      const [first] = words
      return [`${words.size} categories of "${column}" are unknown, such as "${first}"`]
    })
    return [
      ...(extra.length === 0
        ? []
        : [`not used, since training did not see them: ${extra.join(", ")}`]),
      ...strange,
      ...unseen,
    ]
  }

  #used(): ReadonlySet<string> {
    const { numbers, categories } = this.#preprocessing.features
    return new Set([...numbers, ...categories].map(({ column }) => column))
  }

  #asNumbers(column: Column): Column {
    const { name } = column
    if (column.form === "numbers") {
      this.#tell(
        name,
        column.strays.map(({ text }) => text),
      )
      return column
    }
    const { codes, dictionary } = column
    const strange = codes.filter((code) => code >= 0 && Number.isNaN(Number(dictionary[code])))
    this.#tell(
      name,
      Array.from(strange, (code) => dictionary[code]),
    )
    const values = Float64Array.from(codes, (code) => Number(dictionary[code] ?? Number.NaN))
    return { name, form: "numbers", values, strays: [] }
  }

  #tell(name: string, strange: readonly string[]): void {
    if (strange.length === 0) return
    const { count, first } = this.#strange.get(name) ?? { count: 0, first: strange[0] }
    this.#strange.set(name, { count: count + strange.length, first })
  }

  /** Categories that training did not see. */
  #lookForUnseen(column: Column): void {
    if (column.form !== "strings") return
    const { name, codes, dictionary } = column
    const feature = this.#preprocessing.features.categories.find((each) => each.column === name)
    if (feature === undefined) return
    const known = new Set(feature.categories)
    const unseen = this.#unseen.get(name) ?? new Set<string>()
    for (const code of codes) {
      if (code >= 0 && !known.has(dictionary[code])) unseen.add(dictionary[code])
    }
    if (unseen.size > 0) this.#unseen.set(name, unseen)
  }
}
