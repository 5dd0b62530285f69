/** Totals brought together as a tree of pairs, whose rounding grows with its depth alone. */

/**
 * Calls `merge` with the numbers of two of `count` totals until the first holds them all: neighbours
 * first, then every second, and so on.
 * Work: count − 1 calls. Span: ⌈log₂ count⌉ of them.
 */
export function inPairs(count: number, merge: (into: number, from: number) => void): void {
  for (let distance = 1; distance < count; distance *= 2) {
    for (let into = 0; into + distance < count; into += 2 * distance) merge(into, into + distance)
  }
}
