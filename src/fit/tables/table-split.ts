/** Rows set apart before training: by hash and class, by group, or by time. */

import { type Column, daysOf, type Table } from "../../data/index.ts"

export interface TableSplit {
  readonly training: Uint32Array
  readonly validation: Uint32Array
  readonly test: Uint32Array
  /** How it was made, in a few words. */
  readonly how: string
}

export interface SplitOptions {
  /** Share of the rows that training never sees and the result is judged by. */
  readonly test: number
  /** Share of the rows that the best weights are chosen by. */
  readonly validation: number
  readonly seed: number
  /** Rows with one value here stay together. */
  readonly group?: Column
  /** Later rows are held out. */
  readonly time?: Column
  /** Class of each row: each class is split in its proportion. */
  readonly classes?: Int32Array
}

/** @throws RangeError when a part that should have rows has none. */
export function splitTable(table: Table, options: SplitOptions): TableSplit {
  const { test, validation, group, time, classes, seed } = options
  const split =
    time !== undefined
      ? byOrder(timeOrder(time), options, `by time: the latest of "${time.name}" are held out`)
      : group !== undefined
        ? byGroup(group, options)
        : byHash(rowHashes(table, seed), classes, options)
  const empty = split.training.length === 0 || (validation > 0 && split.validation.length === 0)
  if (empty || (test > 0 && split.test.length === 0)) {
    throw new RangeError(
      `${table.rows} rows of ${table.name} leave ${split.training.length} to train on, ` +
        `${split.validation.length} to validate on and ${split.test.length} to test on: ` +
        "there must be more rows",
    )
  }
  return split
}

/** Takes shares of rows in some order: test from the end, validation before it. */
function byOrder(order: Uint32Array, { test, validation }: SplitOptions, how: string): TableSplit {
  const held = Math.round(order.length * test)
  const chosen = Math.max(validation > 0 ? 1 : 0, Math.round(order.length * validation))
  const first = order.length - held
  const rows = (from: number, to: number): Uint32Array => order.slice(Math.max(0, from), to).sort()
  return {
    training: rows(0, first - chosen),
    validation: rows(first - chosen, first),
    test: rows(first, order.length),
    how,
  }
}

function timeOrder(time: Column): Uint32Array {
  const when =
    time.form === "numbers"
      ? time.values
      : ((days) => Float64Array.from(time.codes, (code) => days[code] ?? Number.NaN))(
          time.dictionary.map((text) => daysOf(text) ?? Number.NaN),
        )
  const order = Uint32Array.from(when.keys())
  // Rows without a time count as the earliest.
  const at = (row: number): number => (Number.isNaN(when[row]) ? -Infinity : when[row])
  return order.sort((a, b) => (at(a) === at(b) ? a - b : at(a) < at(b) ? -1 : 1))
}

function byGroup(group: Column, options: SplitOptions): TableSplit {
  const rows = group.form === "numbers" ? group.values.length : group.codes.length
  const hashes = new Uint32Array(rows)
  for (let row = 0; row < rows; row++) {
    const text =
      group.form === "numbers" ? String(group.values[row]) : group.dictionary[group.codes[row]]
    hashes[row] = mix(hashText(text ?? "", options.seed + 1))
  }
  const bound = (share: number): number => share * 2 ** 32
  const parts: [number[], number[], number[]] = [[], [], []]
  for (const [row, hash] of hashes.entries()) {
    const { test, validation } = options
    parts[hash < bound(test) ? 2 : hash < bound(test + validation) ? 1 : 0].push(row)
  }
  const [training, validation, test] = parts.map((part) => Uint32Array.from(part))
  return {
    training,
    validation,
    test,
    how: `by group: rows with one "${group.name}" stay together`,
  }
}

function byHash(
  hashes: Uint32Array,
  classes: Int32Array | undefined,
  options: SplitOptions,
): TableSplit {
  const all = Uint32Array.from(hashes.keys())
  const lists = classes === undefined ? [all] : byClass(all, classes)
  const parts = lists.map((list) =>
    // Equal rows have equal hashes and stand side by side, so that they fall into one part.
    byOrder(
      list.sort((a, b) => hashes[b] - hashes[a] || a - b),
      options,
      "",
    ),
  )
  const join = (of: (part: TableSplit) => Uint32Array): Uint32Array =>
    concatenated(parts.map(of)).sort()
  return {
    training: join(({ training }) => training),
    validation: join(({ validation }) => validation),
    test: join(({ test }) => test),
    how: classes === undefined ? "by hash of each row" : "by hash of each row, in each class",
  }
}

/** Rows of each class. */
function byClass(rows: Uint32Array, classes: Int32Array): Uint32Array[] {
  const counts = new Map<number, number>()
  for (const own of classes) counts.set(own, (counts.get(own) ?? 0) + 1)
  const lists = new Map([...counts].map(([own, count]) => [own, new Uint32Array(count)]))
  const filled = new Map<number, number>()
  for (const row of rows) {
    const own = classes[row]
    const at = filled.get(own) ?? 0
    lists.get(own)?.fill(row, at, at + 1)
    filled.set(own, at + 1)
  }
  return [...lists.values()]
}

function concatenated(parts: readonly Uint32Array[]): Uint32Array {
  const whole = new Uint32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** A 32-bit hash of each row's cells: equal rows have equal hashes. */
export function rowHashes(
  table: Table,
  seed: number,
  names: readonly string[] = table.columns.map(({ name }) => name),
): Uint32Array {
  const hashes = new Uint32Array(table.rows).fill(mix(seed + 0x9e3779b9))
  const bits = new Float64Array(1)
  const words = new Uint32Array(bits.buffer)
  for (const column of table.columns) {
    if (!names.includes(column.name)) continue
    if (column.form === "numbers") {
      const { values } = column
      for (let row = 0; row < table.rows; row++) {
        bits[0] = values[row]
        hashes[row] = mix(hashes[row] ^ mix(words[0] ^ mix(words[1])))
      }
    } else {
      const own = Uint32Array.from(column.dictionary, (text) => hashText(text, 1))
      const { codes } = column
      for (let row = 0; row < table.rows; row++) {
        const code = codes[row]
        hashes[row] = mix(hashes[row] ^ (code < 0 ? 7 : own[code]))
      }
    }
  }
  return hashes
}

/** FNV-1a over UTF-16 units. */
function hashText(text: string, seed: number): number {
  let hash = 0x811c9dc5 ^ seed
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  }
  return hash >>> 0
}

/** The finaliser of MurmurHash3. */
function mix(x: number): number {
  let h = x | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
