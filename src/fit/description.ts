/** What network.json says, whatever it describes: its form and version, before anything is read of it. */

export type Described = Partial<Record<string, unknown>>

/** What a description is of, and how it says so. */
export interface DescriptionForm {
  readonly of: "network" | "function"
  readonly format: string
  /** Grows when older readers could not read what is written. */
  readonly version: number
}

/** A description as a file's text. */
export function encodeDescription({ format, version }: DescriptionForm, content: object): string {
  return `${JSON.stringify({ format, version, ...content }, undefined, 1)}\n`
}

/**
 * A description, checked as far as its form goes, and how to refuse what it holds.
 * @param place the file's name, for the sentence
 * @throws SyntaxError when it is not JSON, or of another format or version.
 */
export function decodeDescription(
  text: string,
  place: string,
  { of, format, version }: DescriptionForm,
): { readonly found: Described; fail(what: string): never } {
  const fail = (what: string): never => {
    throw new SyntaxError(`${place} describes no ${of}: ${what}`)
  }
  const found = parsed(text) ?? fail("it is not JSON")
  if (found.format !== format) fail(`its format is not "${format}"`)
  if (found.version !== version) {
    fail(`it is of version ${found.version}, where version ${version} is read`)
  }
  return { found, fail }
}

function parsed(text: string): Described | undefined {
  try {
    return Object(JSON.parse(text))
  } catch {
    return undefined
  }
}
