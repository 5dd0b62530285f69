import type { LabelledImages } from "../../src/data/index.ts"

/** Small labelled pictures that a network can tell apart: a bright row, column or diagonal. */
export function pictures(count: number, side = 6): LabelledImages {
  const pixels = new Uint8Array(count * side * side)
  const labels = new Uint8Array(count)
  // A linear congruential generator: the same pictures everywhere.
  let seed = 12345
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
    return Math.floor((seed / 2 ** 32) * below)
  }
  for (let i = 0; i < count; i++) {
    const kind = i % 3
    labels[i] = kind
    const where = random(side)
    for (let at = 0; at < side; at++) {
      for (let across = 0; across < side; across++) {
        const lit = [at === where, across === where, (at + where) % side === across][kind]
        pixels[(i * side + at) * side + across] = (lit ? 180 : 0) + random(60)
      }
    }
  }
  return { count, height: side, width: side, channels: 1, pixels, labels, classes: 3 }
}

/** The pictures as what `fit` takes: named bytes, and which of them are the labels. */
export function heldPictures(count: number, side?: number) {
  const { images, labels } = idxOf(pictures(count, side))
  return {
    labels: "labels-idx1-ubyte",
    files: new Map([
      ["images-idx3-ubyte", images],
      ["labels-idx1-ubyte", labels],
    ]),
  }
}

/** The same pictures as the bytes of two IDX files. */
export function idxOf(images: LabelledImages): { images: Uint8Array; labels: Uint8Array } {
  const header = (...extents: number[]): number[] => [
    ...[0, 0, 8, extents.length],
    ...extents.flatMap((n) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255]),
  ]
  const { count, height, width, pixels, labels } = images
  return {
    images: Uint8Array.from([...header(count, height, width), ...pixels]),
    labels: Uint8Array.from([...header(count), ...labels]),
  }
}
