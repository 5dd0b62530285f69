import { catalogue } from "./catalogue/index.ts"
import type { Machine } from "./machine.ts"

/**
 * The machine of that name, whatever its case, spaces, dashes and dots: "a100", "A100-SXM 80GB".
 * Machines in `extra` (a user's own) are found first.
 * @throws Error with the nearest names where there is none of that name.
 * @example findMachine("a100").name // → "A100 SXM4 80GB"
 */
export function findMachine(name: string, extra: readonly Machine[] = []): Machine {
  const key = normalise(name)
  const machines = [...extra, ...catalogue]
  const found = machines.find((machine) => keysOf(machine).some((own) => own === key))
  if (found !== undefined) return found
  const near = nearestNames(name, machines.flatMap(namesOf))
  throw new Error(`there is no machine called "${name}"; nearest are ${near.join(", ")}`)
}

/**
 * The `count` names nearest to `name` by edit distance, one that contains it (or is contained)
 * counting as nearer; ties keep the order given. Work O(names × length²).
 */
export function nearestNames(name: string, names: readonly string[], count = 3): readonly string[] {
  const key = normalise(name)
  return names
    .map((candidate) => ({ candidate, distance: distanceTo(key, normalise(candidate)) }))
    .sort((a, b) => a.distance - b.distance)
    .map(({ candidate }) => candidate)
    .filter((candidate, at, all) => all.indexOf(candidate) === at)
    .slice(0, count)
}

function namesOf(machine: Machine): readonly string[] {
  return [machine.name, ...machine.aliases]
}

function keysOf(machine: Machine): readonly string[] {
  return namesOf(machine).map(normalise)
}

function normalise(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "")
}

function distanceTo(key: string, candidate: string): number {
  if (key.length > 1 && (candidate.includes(key) || key.includes(candidate))) return 0.5
  return editDistance(key, candidate)
}

/** Levenshtein 1966: insertions, deletions and substitutions that turn one text into another. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substituted = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(substituted, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row[b.length]!
}
