/** Texts with a class each: which columns of a table they are, and how they become tokens. */

import {
  type Column,
  cellOf,
  columnOf,
  kindOf,
  stringsOf,
  type Table,
  type Tokenizer,
} from "../../data/index.ts"
import { DataError, SettingError } from "../finding.ts"
import { beginning, firstToken, padding } from "../networks/text-encoder.ts"
import type { HostArray } from "../training/examples.ts"

/** Texts with the numbers of their classes. */
export interface LabelledTexts {
  readonly texts: readonly string[]
  readonly labels: Int32Array
}

/** The columns of a table that holds labelled texts. */
export interface TextColumns {
  readonly text: string
  readonly label: string
}

const labelNames = ["label", "class", "target", "category", "sentiment", "y"]
/** Distinct cells of a column of texts have so many characters on the average, at least. */
const shortText = 12

/** Whether a column's cells are sentences: mostly different, of several words each. */
export function holdsTexts(column: Column): boolean {
  if (column.form === "numbers") return false
  if (kindOf(column) === "text") return true
  const some = column.dictionary.slice(0, 1000)
  if (kindOf(column) === "date" || some.length < 0.5 * Math.min(1000, column.codes.length))
    return false
  const length = some.reduce((sum, text) => sum + text.length, 0) / some.length
  return length >= shortText && some.filter((text) => / \S+ /.test(text)).length > some.length / 2
}

/** The columns where a table is nothing but texts and their classes; undefined where it is not. */
export function onlyLabelledTexts(table: Table): TextColumns | undefined {
  const texts = table.columns.filter(holdsTexts)
  const others = table.columns.filter((column) => !texts.includes(column))
  if (texts.length !== 1 || others.length !== 1) return undefined
  const { dictionary } = stringsOf(others[0])
  const few = dictionary.length >= 1 && dictionary.length <= Math.max(20, 0.02 * table.rows)
  const whole =
    others[0].form === "strings" || dictionary.every((text) => Number.isInteger(Number(text)))
  return few && whole ? { text: texts[0].name, label: others[0].name } : undefined
}

/**
 * The columns of texts and classes, as far as they are not given.
 * @throws DataError when no column holds texts, or none is left for the classes.
 * @throws SettingError when the target is no column.
 */
export function textColumns(
  table: Table,
  { target, leaveOut = [] }: { readonly target?: string; readonly leaveOut?: readonly string[] },
): TextColumns {
  if (target !== undefined && !table.columns.some(({ name }) => name === target)) {
    const names = table.columns.map(({ name }) => name).join(", ")
    throw new SettingError(`${table.name} has no column "${target}": its columns are ${names}`)
  }
  for (const name of leaveOut) columnOf(table, name)
  const usable = table.columns.filter(({ name }) => name !== target && !leaveOut.includes(name))
  const texts = usable.filter(holdsTexts)
  if (texts.length === 0) {
    throw new DataError(
      `${table.name} has no column of texts: a text classifier needs one, of several words a cell`,
    )
  }
  const text = texts.reduce((a, b) => (lengthOf(b) > lengthOf(a) ? b : a)).name
  const others = usable.filter((column) => !texts.includes(column)).map(({ name }) => name)
  const named = others.find((name) => labelNames.includes(name.toLowerCase()))
  const label = target ?? named ?? others.at(-1)
  if (label === undefined) {
    throw new DataError(
      `${table.name} has texts in "${text}" and no column of classes: name one with --target, or ` +
        "write the texts to a .txt file to learn to write more of their kind",
    )
  }
  return { text, label }
}

function lengthOf(column: Column): number {
  if (column.form === "numbers") return 0
  const { dictionary } = column
  return dictionary.reduce((sum, text) => sum + text.length, 0) / Math.max(1, dictionary.length)
}

/** The texts of a column, "" where there is none; words are told apart without their case. */
export function textsOf(table: Table, name: string): string[] {
  const column = columnOf(table, name)
  return Array.from({ length: table.rows }, (_, row) => plainText(cellOf(column, row) ?? ""))
}

export function plainText(text: unknown): string {
  return String(text).toLowerCase().trim()
}

/** A text as it is cut: a first word is the same token as inside of a text. */
export function spaced(text: string): string {
  return ` ${text}`
}

/** Texts as int32[texts, context]: a beginning, the first tokens, and padding. */
export function tokenRows(
  texts: readonly string[],
  tokenizer: Tokenizer,
  context: number,
): HostArray & { readonly data: Int32Array; readonly cut: number } {
  const data = new Int32Array(texts.length * context).fill(padding)
  let cut = 0
  for (const [row, text] of texts.entries()) {
    // No token is longer than some characters, so the end of a long text is not looked at.
    const tokens = tokenizer.encode(spaced(text.slice(0, context * mostCharacters)))
    if (tokens.length > context - 1) cut++
    data[row * context] = beginning
    for (let i = 0; i < Math.min(tokens.length, context - 1); i++) {
      data[row * context + 1 + i] = tokens[i] + firstToken
    }
  }
  return { data, shape: [texts.length, context], cut }
}

const mostCharacters = 32
const shortestContext = 16

/** A context that holds nine texts in ten whole, up to a limit. */
export function contextFor(
  texts: readonly string[],
  tokenizer: Tokenizer,
  longestContext: number,
): number {
  const some = texts.filter((_, i) => i % Math.ceil(texts.length / 2000) === 0)
  const lengths = some
    .map((text) => tokenizer.encode(spaced(text.slice(0, longestContext * mostCharacters))).length)
    .sort((a, b) => a - b)
  const usual = (lengths[Math.floor(0.9 * lengths.length)] ?? 0) + 1
  return Math.max(shortestContext, Math.min(longestContext, 8 * Math.ceil(usual / 8)))
}
