/** What is out of the ordinary among images, before anything is learned from them. */

import { DataError, type Finding } from "../finding.ts"
import { remedyText } from "../training/class-weights.ts"
import type { ImageSet } from "./image-set.ts"

/** Share of files that may be no whole images. */
const mostBroken = 0.1
/** Times by which one class may have more images than another. */
const imbalance = 10
/** Names that a finding spells out. */
const named = 3

/** @throws DataError when too many files are broken. */
export function brokenFinding(source: string, broken: readonly string[], files: number): Finding[] {
  if (broken.length === 0) return []
  const names = broken.slice(0, named).join(", ")
  const more = broken.length > named ? ", …" : ""
  if (broken.length > mostBroken * files) {
    throw new DataError(
      `${broken.length} of ${files} files of ${source} are no whole images (${names}${more}), ` +
        `where at most ${100 * mostBroken} % may be: mend or remove them`,
    )
  }
  return [
    {
      name: "broken-images",
      severity: "warning",
      message: `${broken.length} of ${files} files are no whole images and are left out: ${names}${more}`,
    },
  ]
}

/** Classes of very different sizes, and images that look alike. */
export function examineImages(
  { labels, paths }: ImageSet,
  groups: readonly number[][],
  classes: readonly string[],
  weighting: string | undefined,
): Finding[] {
  const findings: Finding[] = []
  const counts = classes.map(() => 0)
  for (const label of labels) counts[label]++
  const [least, most] = [Math.min(...counts), Math.max(...counts)]
  if (most > imbalance * least) {
    findings.push({
      name: "class-imbalance",
      severity: "warning",
      message:
        `class "${classes[counts.indexOf(least)]}" has ${least} images where ` +
        `"${classes[counts.indexOf(most)]}" has ${most}: ${remedyText(weighting)}`,
    })
  }
  const several = groups.filter((group) => group.length > 1)
  if (several.length > 0) {
    const extra = several.reduce((sum, group) => sum + group.length - 1, 0)
    const [one, other] = several[0].map((image) => paths[image])
    findings.push({
      name: "near-duplicate-images",
      severity: "note",
      message:
        `${extra} images look like another one, such as ${other} like ${one}: those that look ` +
        "alike are held out together or not at all",
    })
  }
  const torn = several.find((group) => group.some((image) => labels[image] !== labels[group[0]]))
  if (torn !== undefined) {
    const other = torn.find((image) => labels[image] !== labels[torn[0]]) ?? torn[0]
    findings.push({
      name: "contradicting-labels",
      severity: "note",
      message:
        `${paths[torn[0]]} and ${paths[other]} look alike but are of different classes: ` +
        "look whether their labels are right",
    })
  }
  return findings
}
