/** Images that are sent as they are. */

import type { JsonSchema } from "../solver.ts"

/** Whether a network looks at images: at files in base64, one for each row. */
export function takesImages({ properties }: JsonSchema): boolean {
  const { image }: Partial<Record<string, JsonSchema>> = Object(properties)
  return image?.contentEncoding === "base64"
}

/** What JPEG, PNG and WebP (in RIFF) begin with. */
const starts = [
  [0xff, 0xd8, 0xff],
  [0x89, 0x50, 0x4e, 0x47],
  [0x52, 0x49, 0x46, 0x46],
]

export function isImage(bytes: Uint8Array): boolean {
  return starts.some((start) => start.every((byte, i) => byte === bytes[i]))
}

/** Characters that a function may be called with, at most. */
const together = 8192

export function base64(bytes: Uint8Array): string {
  let text = ""
  for (let i = 0; i < bytes.length; i += together) {
    text += String.fromCharCode(...bytes.subarray(i, i + together))
  }
  return btoa(text)
}
