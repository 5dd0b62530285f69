/** WGSL as text: lines in blocks, with names that are not used twice. */

/** WGSL's own names that a stem and a number could spell. */
const reserved: ReadonlySet<string> = new Set(["i32", "u32", "f32", "f16"])

export class Text {
  readonly #lines: string[] = []
  readonly #names = new Map<string, number>()
  #depth = 1

  /** A name that no other call gave, and no type has. */
  name(stem: string): string {
    const count = this.#names.get(stem) ?? 0
    this.#names.set(stem, count + 1)
    const name = `${stem}${count}`
    return reserved.has(name) ? this.name(stem) : name
  }

  line(text: string): void {
    this.#lines.push("  ".repeat(this.#depth) + text)
  }

  /** `head { body }`; the head may be empty. */
  block(head: string, body: () => void): void {
    this.line(head === "" ? "{" : `${head} {`)
    this.#depth++
    body()
    this.#depth--
    this.line("}")
  }

  /** A new constant with the value of an expression. */
  keep(stem: string, expression: string): string {
    const name = this.name(stem)
    this.line(`let ${name} = ${expression};`)
    return name
  }

  toString(): string {
    return this.#lines.join("\n")
  }
}
