/** How pixels become a network's input. */

/** Pixels 0 … 255 become (pixel − mean)/deviation. */
export interface PixelScaling {
  readonly mean: number
  readonly deviation: number
}

/** Mean and standard deviation of all pixels. */
export function pixelScaling(pixels: Uint8Array): PixelScaling {
  const counts = new Float64Array(256)
  for (const pixel of pixels) counts[pixel]++
  const mean = counts.reduce((sum, count, pixel) => sum + count * pixel, 0) / pixels.length
  const square = counts.reduce((sum, count, pixel) => sum + count * (pixel - mean) ** 2, 0)
  return { mean, deviation: Math.sqrt(square / pixels.length) || 1 }
}
