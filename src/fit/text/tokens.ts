/** How a text is cut into tokens, chosen by the text, and made again from JSON. */

import {
  BytePairs,
  Characters,
  gpt2Tokens,
  type Merge,
  type Tokenizer,
  trainBytePairs,
} from "../../data/index.ts"
import { SettingError } from "../finding.ts"

/** What makes a tokenizer again. */
export type TokenSettings =
  | { readonly form: "characters"; readonly characters: readonly string[] }
  | { readonly form: "byte-pairs"; readonly merges: readonly Merge[] }
  | { readonly form: "gpt2" }

/** Texts of so few different characters are cut into them. */
const mostCharacters = 160
/** Tokens that byte pairs are learned to, unless a number is given. */
const learnedVocabulary = 2048
/** Byte pairs are learned from so many characters at most. */
const learnedFrom = 4_000_000

/**
 * The cut for a text.
 * @param asked `characters`, `gpt2`, `bytes` or a number of byte pairs; by the text unless given
 */
export async function tokenSettings(text: string, asked?: string): Promise<TokenSettings> {
  if (asked === "gpt2") return { form: "gpt2" }
  if (asked === "bytes") return { form: "byte-pairs", merges: [] }
  if (asked === "characters") return charactersOf(text)
  if (asked === undefined) {
    const characters = charactersOf(text)
    if (characters.characters.length <= mostCharacters) return characters
  }
  const vocabulary = asked === undefined ? learnedVocabulary : Number(asked)
  if (!Number.isInteger(vocabulary) || vocabulary < 256 || vocabulary > 65_536) {
    throw new SettingError(
      `tokens is ${asked}, which must be characters, bytes, gpt2 or a number from 256 to 65536`,
    )
  }
  const { merges } = trainBytePairs(text.slice(0, learnedFrom), vocabulary)
  return { form: "byte-pairs", merges }
}

function charactersOf(text: string): Extract<TokenSettings, { form: "characters" }> {
  return { form: "characters", characters: Characters.of(text).characters }
}

export async function tokenizerOf(settings: TokenSettings): Promise<Tokenizer> {
  switch (settings.form) {
    case "characters":
      return new Characters(settings.characters)
    case "byte-pairs":
      return new BytePairs(settings.merges)
    case "gpt2":
      return gpt2Tokens()
  }
}

/** How the cut is told to people. */
export function tokensText(settings: TokenSettings, vocabulary: number): string {
  const count = vocabulary.toLocaleString("en-US")
  switch (settings.form) {
    case "characters":
      return `one token for each of ${count} characters`
    case "byte-pairs":
      return settings.merges.length === 0
        ? "one token for each byte"
        : `${count} byte pairs learned from the text`
    case "gpt2":
      return `GPT-2's ${count} tokens`
  }
}

export function isTokenSettings(value: unknown): value is TokenSettings {
  const { form, characters, merges }: Partial<Record<string, unknown>> = Object(value)
  if (form === "characters") return Array.isArray(characters)
  if (form === "byte-pairs") return Array.isArray(merges)
  return form === "gpt2"
}
