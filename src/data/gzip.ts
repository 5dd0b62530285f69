/** Bytes without the gzip around them. */

import type { NamedBytes } from "./labelled-images.ts"

/**
 * What gzip holds; bytes that do not begin as it does come back as they are.
 * @throws SyntaxError when what is compressed is cut short or broken.
 * @example
 * const bytes = new TextEncoder().encode("rooms,city")
 * const same = await unzipped({ name: "flats.csv", bytes })
 * same.length // → 10
 */
export async function unzipped({ name, bytes }: NamedBytes): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes
  const stream = new Blob([Uint8Array.from(bytes)]).stream()
  try {
    const whole = await new Response(
      stream.pipeThrough(new DecompressionStream("gzip")),
    ).arrayBuffer()
    return new Uint8Array(whole)
  } catch (error) {
    throw new SyntaxError(`${name} is compressed with gzip and cut short or broken`, {
      cause: error,
    })
  }
}
