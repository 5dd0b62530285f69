/** Images listed in a table: a column of paths and one of classes. */

import {
  type Column,
  cellOf,
  type Files,
  folderOf,
  pathIn,
  readTable,
  type Table,
} from "../../data/index.ts"
import { DataError, SettingError } from "../finding.ts"

const tables = /\.(csv|tsv|jsonl|ndjson|json|parquet|pq|arrow|feather)(\.gz|\.zst)?$/i
/** How names of images end. */
export const imageEnding = /\.(jpe?g|png|webp)$/i
const labelNames = ["label", "class", "target", "category", "y"]
/** Share of a column's cells that end as images do, from which on it holds their paths. */
const mostly = 0.9

/** A file with the class that a table or its folder names. */
export interface ImageFile {
  readonly path: string
  readonly label: string
}

/** Whether a source is a table by its name. */
export function isImageTableName(source: string): boolean {
  return tables.test(source)
}

/** Whether a table has a column of paths of images, and another. */
export function namesImages(table: Table | undefined): boolean {
  return table !== undefined && table.columns.length > 1 && pathsIn(table) !== undefined
}

function pathsIn({ columns }: Table): Column | undefined {
  return columns.find((column) => {
    if (column.form === "numbers") return false
    const some = column.dictionary.slice(0, 1000)
    return (
      some.length > 0 &&
      some.filter((text) => imageEnding.test(text)).length >= mostly * some.length
    )
  })
}

/** How a table lists images, as far as it is not found out. */
export interface TableColumns {
  /** The column of the classes. */
  readonly target?: string
  readonly delimiter?: string
  readonly header?: boolean
}

/**
 * The images of a table, by their paths, which count from the table's own folder.
 * @throws DataError when no column holds paths, or no row has both a path and a class, or the first
 * line is a row too.
 * @throws SettingError when the target is no column.
 */
export async function listedFiles(
  source: string,
  files: Files,
  { target, delimiter, header }: TableColumns = {},
): Promise<ImageFile[]> {
  const table = await readTable(source, { delimiter, header, files })
  const paths = pathsIn(table)
  if (paths === undefined) {
    throw new DataError(
      `${source} has no column of paths of images (.jpg, .png, .webp), one in each row`,
    )
  }
  if (imageEnding.test(paths.name)) {
    throw new DataError(
      `the first line of ${source} is taken for the names of its columns, and "${paths.name}" is that ` +
        "of an image: name the columns, or use --no-header",
    )
  }
  const others = table.columns.filter((column) => column !== paths)
  const label =
    target === undefined
      ? (others.find(({ name }) => labelNames.includes(name.toLowerCase())) ?? others.at(-1))
      : others.find(({ name }) => name === target)
  if (label === undefined) {
    const names = others.map(({ name }) => name).join(", ") || "none"
    throw new SettingError(
      `${source} has no column "${target ?? "label"}" of classes beside its paths: there are ${names}`,
    )
  }
  const folder = folderOf(source)
  const listed = Array.from({ length: table.rows }, (_, row) => {
    const [path, name] = [cellOf(paths, row), cellOf(label, row)]
    return path === undefined || name === undefined
      ? []
      : [{ path: pathIn(folder, String(path)), label: String(name) }]
  }).flat()
  if (listed.length === 0) throw new DataError(`${source} has no row with both a path and a class`)
  return listed.sort((a, b) => (a.label < b.label ? -1 : a.label > b.label ? 1 : 0))
}
