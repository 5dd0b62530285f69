/** Which settings say something of which data: others are refused, so that none is passed over. */

import { SettingError } from "./finding.ts"
import type { SolverOptions } from "./solver.ts"

/** What data are, as far as settings go. */
export type DataForm =
  | "a table"
  | "a table of texts"
  | "a table of images"
  | "a folder of images"
  | "images in IDX"
  | "a text"
  | "a series"

/** Settings that every kind of data reads. */
type CommonSetting =
  | "kind"
  | "task"
  | "network"
  | "validationShare"
  | "testShare"
  | "precision"
  | "memory"
  | "seed"

const images = ["a folder of images", "a table of images", "images in IDX"] as const
const tables = ["a table", "a table of texts"] as const

const readers: {
  readonly [S in Exclude<keyof SolverOptions, CommonSetting>]-?: readonly DataForm[]
} = {
  target: [...tables, "a table of images", "a series"],
  test: [...tables, ...images, "a text"],
  labels: ["images in IDX"],
  testLabels: ["images in IDX"],
  group: tables,
  time: ["a table", "a series"],
  leaveOut: [...tables, "a series"],
  delimiter: [...tables, "a table of images", "a series"],
  header: [...tables, "a table of images", "a series"],
  commas: ["a table", "a series"],
  classWeights: [...tables, ...images],
  tokens: ["a text", "a table of texts"],
  context: ["a text", "a table of texts", "a series"],
  horizon: ["a series"],
}

/**
 * Asks whether everything that is set is read where data are of some form.
 * @throws SettingError naming the first setting that is not, and what it is for.
 */
export function requireRead(options: SolverOptions, form: DataForm): void {
  const given: Partial<Record<string, unknown>> = { ...options }
  for (const [name, forms] of Object.entries(readers)) {
    if (given[name] === undefined || forms.includes(form)) continue
    const asSeries = form === "a table" && forms.includes("a series")
    throw new SettingError(
      `${name} is given, which is for ${listed(forms)} and not for ${form}` +
        (asSeries
          ? ': a table is a series where its first column holds moments, each once, and all others numbers, or with kind "series"'
          : ""),
    )
  }
  const { test, testShare, testLabels, target, leaveOut = [], group, time } = options
  const both = (one: string, other: string, why: string): never => {
    throw new SettingError(
      `${one} and ${other} are both given, where ${why}: leave one of them out`,
    )
  }
  if (test !== undefined && testShare !== undefined) {
    both(
      "test",
      "testShare",
      "the one keeps test data apart and the other takes some from the rest",
    )
  }
  if (group !== undefined && time !== undefined) {
    both("group", "time", "rows are held out by one of them")
  }
  if (testLabels !== undefined && test === undefined) {
    throw new SettingError("testLabels is given without test, the file with their images")
  }
  if (target !== undefined) requireNotLeftOut(target, leaveOut)
}

/** @throws SettingError when the target is among the columns to do without. */
export function requireNotLeftOut(target: string, leaveOut: readonly string[] = []): void {
  if (!leaveOut.includes(target)) return
  throw new SettingError(
    `leaveOut names "${target}", which is the target: name another target, or keep the column`,
  )
}

function listed(words: readonly string[]): string {
  return [words.slice(0, -1).join(", "), ...words.slice(-1)]
    .filter((word) => word !== "")
    .join(" or ")
}
