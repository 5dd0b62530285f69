/**
 * Byte-pair encoding: text becomes the numbers of frequent pieces, and any bytes can be written
 * (Sennrich et al. 2016; on bytes as in GPT-2, Radford et al. 2019).
 */

/** GPT-2's cut into words, which no piece crosses: contractions, letters, digits, marks, spaces. */
const words = /'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu

/** Two neighbouring pieces that become one, by their numbers. */
export type Merge = readonly [left: number, right: number]

/** Text to token numbers and back. */
export interface Tokenizer {
  /** Tokens are 0 … vocabulary − 1. */
  readonly vocabulary: number
  encode(text: string): Int32Array
  /** Bytes that are no UTF-8, as where a character is cut, become U+FFFD. */
  decode(tokens: ArrayLike<number>): string
}

/** Tokens 0 … 255 are bytes; token 256 + i is the i-th merge. */
export class BytePairs implements Tokenizer {
  readonly merges: readonly Merge[]
  readonly #ranks: ReadonlyMap<number, number>
  readonly #pieces: readonly Uint8Array[]
  readonly #known = new Map<string, readonly number[]>()

  /** @throws RangeError when a merge joins a piece that does not exist before it. */
  constructor(merges: readonly Merge[]) {
    this.merges = merges
    const pieces = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte))
    for (const [i, [left, right]] of merges.entries()) {
      if (pieces[left] === undefined || pieces[right] === undefined) {
        throw new RangeError(
          `merge ${i} joins ${left} and ${right}, where only 0 to ${255 + i} stand before it`,
        )
      }
      pieces.push(Uint8Array.of(...pieces[left], ...pieces[right]))
    }
    this.#pieces = pieces
    this.#ranks = new Map(merges.map(([left, right], i) => [pairKey(left, right), 256 + i]))
  }

  get vocabulary(): number {
    return this.#pieces.length
  }

  /** Work O(characters) for words that were seen before. */
  encode(text: string): Int32Array {
    const tokens: number[] = []
    for (const [word] of text.matchAll(words)) {
      for (const token of this.#word(word)) tokens.push(token)
    }
    return Int32Array.from(tokens)
  }

  decode(tokens: ArrayLike<number>): string {
    const pieces = Array.from(tokens, (token) => this.#piece(token))
    const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
    let end = 0
    for (const piece of pieces) {
      bytes.set(piece, end)
      end += piece.length
    }
    return new TextDecoder().decode(bytes)
  }

  #piece(token: number): Uint8Array {
    const piece = this.#pieces[token]
    if (piece === undefined) {
      throw new RangeError(`token ${token} does not exist: there are ${this.vocabulary}`)
    }
    return piece
  }

  /** The earliest merge that applies is done first, at all its places, until none applies. */
  #word(word: string): readonly number[] {
    const known = this.#known.get(word)
    if (known !== undefined) return known
    let tokens = [...new TextEncoder().encode(word)]
    while (tokens.length > 1) {
      let best = Number.POSITIVE_INFINITY
      for (let i = 1; i < tokens.length; i++) {
        const rank = this.#ranks.get(pairKey(tokens[i - 1], tokens[i])) ?? best
        best = Math.min(best, rank)
      }
      if (best === Number.POSITIVE_INFINITY) break
      tokens = merged(tokens, this.merges[best - 256], best)
    }
    this.#known.set(word, tokens)
    return tokens
  }
}

/** One token for every character of a text, in code-point order; nothing else can be encoded. */
export class Characters implements Tokenizer {
  readonly characters: readonly string[]
  readonly #numbers: ReadonlyMap<string, number>

  constructor(characters: readonly string[]) {
    this.characters = characters
    this.#numbers = new Map(characters.map((character, i) => [character, i]))
  }

  static of(text: string): Characters {
    return new Characters([...new Set(text)].sort())
  }

  get vocabulary(): number {
    return this.characters.length
  }

  /** @throws RangeError naming the first character that the vocabulary lacks. */
  encode(text: string): Int32Array {
    return Int32Array.from(text, (character) => {
      const number = this.#numbers.get(character)
      if (number === undefined) {
        throw new RangeError(
          `the character ${JSON.stringify(character)} is not among the ${this.vocabulary} of the ` +
            "text that was learned",
        )
      }
      return number
    })
  }

  decode(tokens: ArrayLike<number>): string {
    return Array.from(tokens, (token) => this.characters[token] ?? "\uFFFD").join("")
  }
}

/** A pair of pieces as one number. */
function pairKey(left: number, right: number): number {
  return left * 0x100000 + right
}

function merged(tokens: readonly number[], [left, right]: Merge, whole: number): number[] {
  const after: number[] = []
  for (let i = 0; i < tokens.length; i++) {
    const joins = tokens[i] === left && tokens[i + 1] === right
    after.push(joins ? whole : tokens[i])
    if (joins) i++
  }
  return after
}

/**
 * Learns merges from a text: again and again the most frequent pair of neighbours becomes one
 * piece; of equally frequent ones the pair with the smaller numbers, so that the same text gives
 * the same tokens everywhere. Fewer come out where no pair is left that occurs twice.
 * Work O(distinct words · merges that touch them).
 * @param vocabulary tokens in all, at least 256
 * @throws RangeError unless the vocabulary is a whole number from 256 on.
 * @example trainBytePairs("ab ab ab ab", 257).merges // → [[97, 98]]
 */
export function trainBytePairs(text: string, vocabulary: number): BytePairs {
  if (!Number.isInteger(vocabulary) || vocabulary < 256) {
    throw new RangeError(`vocabulary is ${vocabulary}, which must be a whole number from 256 on`)
  }
  const counts = new Map<string, number>()
  for (const [word] of text.matchAll(words)) counts.set(word, (counts.get(word) ?? 0) + 1)
  const encoder = new TextEncoder()
  const entries = [...counts].map(([word, count]) => ({ tokens: [...encoder.encode(word)], count }))
  const pairs = new PairCounts()
  for (const [i, { tokens, count }] of entries.entries()) pairs.add(tokens, count, i)
  const merges: Merge[] = []
  while (256 + merges.length < vocabulary) {
    const best = pairs.mostFrequent()
    if (best === undefined) break
    const whole = 256 + merges.length
    merges.push(best.merge)
    for (const i of best.words) {
      const entry = entries[i]
      pairs.add(entry.tokens, -entry.count, i)
      entry.tokens = merged(entry.tokens, best.merge, whole)
      pairs.add(entry.tokens, entry.count, i)
    }
  }
  return new BytePairs(merges)
}

/** How often each pair of neighbours occurs, and in which words it may. */
class PairCounts {
  readonly #pairs = new Map<number, { merge: Merge; count: number; words: Set<number> }>()

  add(tokens: readonly number[], count: number, word: number): void {
    for (let i = 1; i < tokens.length; i++) {
      const key = pairKey(tokens[i - 1], tokens[i])
      const pair = this.#pairs.get(key) ?? {
        merge: [tokens[i - 1], tokens[i]] as const,
        count: 0,
        words: new Set(),
      }
      pair.count += count
      if (count > 0) pair.words.add(word)
      if (pair.count === 0) this.#pairs.delete(key)
      else this.#pairs.set(key, pair)
    }
  }

  mostFrequent(): { readonly merge: Merge; readonly words: readonly number[] } | undefined {
    let best: { key: number; count: number } | undefined
    for (const [key, { count }] of this.#pairs) {
      if (count < 2) continue
      const ahead = best === undefined || count > best.count
      if (ahead || (count === best?.count && key < best.key)) best = { key, count }
    }
    const pair = best && this.#pairs.get(best.key)
    return pair && { merge: pair.merge, words: [...pair.words] }
  }
}
