/** Image files to pixels and back: by the browser where there is one, by sharp in Node. */

export interface ImageCodec {
  /** Pixels across and down; rejects where the bytes are no image. */
  extents(bytes: Uint8Array): Promise<readonly [width: number, height: number]>
  /**
   * Red, green and blue of the middle square at one size, uint8[side, side, 3]: turned as its camera
   * says, on white where it is transparent. Rejects where the bytes are no whole image.
   */
  square(bytes: Uint8Array, side: number): Promise<Uint8Array>
  /** The whole picture within a square, as a data URL for a page. */
  thumbnail(bytes: Uint8Array, side: number): Promise<string>
  /** Pixels as a picture for a page, enlarged without smoothing: a data URL. */
  picture(pixels: RawImage, shown: number): Promise<string>
}

/** A square of pixels, uint8[side, side, channels]. */
export interface RawImage {
  readonly side: number
  readonly channels: 1 | 3
  readonly values: Uint8Array
}

/**
 * JPEG, PNG and WebP to pixels, on threads of their own; loads when first asked for.
 * @throws Error when it is not installed.
 * @example
 * const codec = await imageCodec()
 * const pixels = { side: 1, channels: 1, values: new Uint8Array([200]) } as const
 * const url = await codec.picture(pixels, 8)
 * url.startsWith("data:image/webp") // → true
 */
export async function imageCodec(): Promise<ImageCodec> {
  const isBrowser = "createImageBitmap" in globalThis && "OffscreenCanvas" in globalThis
  return isBrowser
    ? (await import("./image-codec-browser.ts")).browserCodec
    : (await import("./image-codec-sharp.ts")).sharpCodec()
}
