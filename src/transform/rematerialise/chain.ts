/**
 * Reversing a chain in little memory: the exact dynamic programme.
 *
 * A chain makes state k from state k − 1 at a cost; then states are needed one after another from
 * the last to the first, each once, and each is let go. States that were not kept are made again
 * from the nearest one before them that was. With c slots of equal states and equal costs, no state
 * has to be made more than r times again where the chain is at most C(c + r, c) long (Griewank 1992;
 * Griewank and Walther 2000); with unequal ones see Beaumont et al. 2019, "Optimal checkpointing
 * for heterogeneous chains".
 */

export interface Chain {
  /** What making state k from state k − 1 costs; the state before the first is always there. */
  readonly costs: readonly number[]
  /** The room that each state takes while it is kept, in whole units. */
  readonly sizes: readonly number[]
}

/** States to make before one is needed, in order: those that are kept, and those on the way. */
export interface Sweep {
  /** The state that is needed then. */
  readonly needed: number
  /** The states made for it, rising; the needed one is the last. Empty where it was kept. */
  readonly made: readonly number[]
  /** Of `made`, the states that are kept until they are needed. */
  readonly kept: readonly number[]
}

export interface Reversal {
  /** Of all states made, those made first included. */
  readonly cost: number
  /** One for each state, from the last to the first. */
  readonly sweeps: readonly Sweep[]
}

/**
 * The reversal of least cost that keeps at most so much room of states at once; undefined where not
 * even a single state fits. Takes time of n³·room and memory of n²·room for n states.
 */
export function reverseChain({ costs, sizes }: Chain, room: number): Reversal | undefined {
  const n = costs.length
  const until = [0]
  for (const [k, cost] of costs.entries()) until.push(until[k] + cost)
  const units = room + 1
  const at = (low: number, high: number, m: number): number => (low * (n + 1) + high) * units + m
  // best[low, high, m]: of states low + 1 … high, state low being there; 0 where there are none.
  const best = new Float64Array((n + 1) * (n + 1) * units)
  const choice = new Int32Array(best.length)
  for (let length = 1; length <= n; length++) {
    for (let low = 0; low + length <= n; low++) {
      const high = low + length
      for (let m = 0; m <= room; m++) {
        let [least, chosen] = [Number.POSITIVE_INFINITY, 0]
        for (let k = low + 1; k <= high; k++) {
          const left = m - sizes[k - 1]
          if (left < 0) continue
          const after = k === high ? 0 : best[at(k, high, left)]
          const before = k === low + 1 ? 0 : best[at(low, k - 1, m)]
          const cost = until[k] - until[low] + after + before
          if (cost < least) {
            least = cost
            chosen = k
          }
        }
        best[at(low, high, m)] = least
        choice[at(low, high, m)] = chosen
      }
    }
  }
  if (n > 0 && !Number.isFinite(best[at(0, n, room)])) return undefined
  const sweeps: Sweep[] = []
  const walk = (low: number, high: number, m: number, from: number, kept: number[]): void => {
    if (low === high) return
    const k = choice[at(low, high, m)]
    const kepts = [...kept, k]
    if (k === high) {
      const made = Array.from({ length: k - from }, (_, i) => from + i)
      sweeps.push({ needed: k - 1, made, kept: kepts.map((state) => state - 1) })
    } else {
      walk(k, high, m - sizes[k - 1], from, kepts)
      sweeps.push({ needed: k - 1, made: [], kept: [] })
    }
    walk(low, k - 1, m, low, [])
  }
  walk(0, n, room, 0, [])
  return { cost: n === 0 ? 0 : best[at(0, n, room)], sweeps }
}

/** The longest chain that c slots reverse with each state made again at most r times: C(c + r, c). */
export function longestChain(slots: number, repeats: number): number {
  let longest = 1
  for (let i = 1; i <= slots; i++) longest = (longest * (repeats + i)) / i
  return Math.round(longest)
}
