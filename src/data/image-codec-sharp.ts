/** Image files in Node: libvips decodes them on threads of its own. */

import type { ImageCodec } from "./image-codec.ts"

/** @throws Error when the package sharp is not installed. */
export async function sharpCodec(): Promise<ImageCodec> {
  const { default: sharp } = await import("sharp").catch((error: unknown) => {
    throw new Error("images are decoded by sharp, which is not installed here: npm install sharp", {
      cause: error,
    })
  })
  return {
    async extents(bytes) {
      const { width, height } = await sharp(bytes).metadata()
      return [width, height]
    },
    async square(bytes, side) {
      const { data, info } = await sharp(bytes)
        .autoOrient()
        .flatten({ background: "white" })
        .resize(side, side, { fit: "cover" })
        .toColourspace("srgb")
        .raw()
        .toBuffer({ resolveWithObject: true })
      return info.channels === 1 ? tripled(data) : data
    },
    async thumbnail(bytes, side) {
      const small = await sharp(bytes)
        .autoOrient()
        .resize(side, side, { fit: "inside" })
        .webp({ quality: 80 })
        .toBuffer()
      return `data:image/webp;base64,${small.toString("base64")}`
    },
    async picture({ side, channels, values }, shown) {
      const raw = { width: side, height: side, channels }
      const drawn = await sharp(values, { raw })
        .resize(shown, shown, { kernel: "nearest" })
        .webp({ lossless: true })
        .toBuffer()
      return `data:image/webp;base64,${drawn.toString("base64")}`
    },
  }
}

function tripled(grey: Uint8Array): Uint8Array {
  const values = new Uint8Array(grey.length * 3)
  for (let i = 0; i < values.length; i++) values[i] = grey[Math.floor(i / 3)]
  return values
}
