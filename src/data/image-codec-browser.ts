/** Image files in pages and their workers: the browser decodes them, a canvas cuts them. */

import type { ImageCodec } from "./image-codec.ts"

export const browserCodec: ImageCodec = {
  async extents(bytes) {
    using image = await bitmap(bytes)
    return [image.width, image.height]
  },
  async square(bytes, side) {
    using image = await bitmap(bytes)
    const size = Math.min(image.width, image.height)
    const [left, top] = [(image.width - size) / 2, (image.height - size) / 2]
    const context = canvasOf(side, side)
    context.fillStyle = "white"
    context.fillRect(0, 0, side, side)
    context.drawImage(image.source, left, top, size, size, 0, 0, side, side)
    return coloursOf(context.getImageData(0, 0, side, side).data)
  },
  async thumbnail(bytes, side) {
    using image = await bitmap(bytes)
    const scale = side / Math.max(image.width, image.height)
    const [width, height] = [image.width, image.height].map((extent) =>
      Math.max(1, Math.round(extent * scale)),
    )
    const context = canvasOf(width, height)
    context.drawImage(image.source, 0, 0, width, height)
    return urlOf(context.canvas, 0.8)
  },
  async picture({ side, channels, values }, shown) {
    const context = canvasOf(side, side)
    const image = context.createImageData(side, side)
    for (let i = 0; i < image.data.length; i++) {
      const [pixel, channel] = [Math.floor(i / 4), i % 4]
      image.data[i] =
        channel === 3 ? 255 : values[pixel * channels + Math.min(channel, channels - 1)]
    }
    context.putImageData(image, 0, 0)
    const enlarged = canvasOf(shown, shown)
    enlarged.imageSmoothingEnabled = false
    enlarged.drawImage(context.canvas, 0, 0, shown, shown)
    return urlOf(enlarged.canvas, 1)
  },
}

/** A decoded image, turned as its camera says, that is let go of at the end of its block. */
async function bitmap(bytes: Uint8Array) {
  // Copied, for a blob takes no shared memory.
  const source = await createImageBitmap(new Blob([Uint8Array.from(bytes)]))
  const { width, height } = source
  return { source, width, height, [Symbol.dispose]: () => source.close() }
}

function canvasOf(width: number, height: number): OffscreenCanvasRenderingContext2D {
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true })
  if (context === null) throw new Error("this browser draws no pictures outside the page")
  context.imageSmoothingQuality = "high"
  return context
}

/** Red, green and blue without what a canvas keeps of transparency. */
function coloursOf(rgba: Uint8ClampedArray): Uint8Array {
  const values = new Uint8Array((rgba.length / 4) * 3)
  for (let i = 0; i < values.length; i++) values[i] = rgba[Math.floor(i / 3) * 4 + (i % 3)]
  return values
}

async function urlOf(canvas: OffscreenCanvas, quality: number): Promise<string> {
  const blob = await canvas.convertToBlob({ type: "image/webp", quality })
  const bytes = new Uint8Array(await blob.arrayBuffer())
  let text = ""
  for (const byte of bytes) text += String.fromCharCode(byte)
  return `data:${blob.type};base64,${btoa(text)}`
}
