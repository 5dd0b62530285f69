import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { labelledImages, parseIdx, selectImages } from "../../src/data/index.ts"

function idx(shape: readonly number[], elements: readonly number[], type = 8): Uint8Array {
  const extents = shape.flatMap((n) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255])
  return Uint8Array.from([0, 0, type, shape.length, ...extents, ...elements])
}

describe("an IDX file", () => {
  test("gives back the shape and the elements that were written", () => {
    const shapes = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(shapes, fc.infiniteStream(fc.nat(255)), (shape, bytes) => {
        const elements = [...bytes.take(shape.reduce((a, b) => a * b, 1))]
        const read = parseIdx(idx(shape, elements), "file")
        expect(read.shape).toEqual(shape)
        expect([...read.data]).toEqual(elements)
      }),
    )
  })

  test("that is cut anywhere is refused in one sentence that names it", () => {
    const whole = idx([2, 3], [1, 2, 3, 4, 5, 6])
    for (let length = 0; length < whole.length; length++) {
      expect(() => parseIdx(whole.subarray(0, length), "train.idx")).toThrow(
        /^train\.idx is no usable IDX file: [^\n]+$/,
      )
    }
  })

  test("that is longer than its header says is refused", () => {
    expect(() => parseIdx(idx([2], [1, 2, 3]), "labels")).toThrow(
      "labels is no usable IDX file: it is too long: [2] takes 2 bytes, and there are 3",
    )
  })

  test("of floats is refused by the name of their type", () => {
    expect(() => parseIdx(idx([1], [0, 0, 0, 0], 13), "x")).toThrow("32-bit float")
  })

  test("that is still compressed is told apart", () => {
    expect(() => parseIdx(Uint8Array.from([0x1f, 0x8b, 8, 0]), "x.gz")).toThrow("gzip")
  })
})

describe("labelled images", () => {
  const images = { name: "images", bytes: idx([2, 1, 2], [10, 20, 30, 40]) }

  test("carry as many classes as the greatest label says", () => {
    const labels = { name: "labels", bytes: idx([2], [3, 0]) }
    const read = labelledImages(images, labels)
    expect(read).toMatchObject({ count: 2, height: 1, width: 2, channels: 1, classes: 4 })
    expect([...selectImages(read, [1, 0, 1]).pixels]).toEqual([30, 40, 10, 20, 30, 40])
    expect([...selectImages(read, [1, 0, 1]).labels]).toEqual([0, 3, 0])
  })

  test("with the two files swapped are refused with that guess", () => {
    const labels = { name: "labels", bytes: idx([2], [3, 0]) }
    expect(() => labelledImages(labels, images)).toThrow("are images and labels swapped?")
  })

  test("with unequal counts are refused with both counts", () => {
    const labels = { name: "labels", bytes: idx([3], [3, 0, 1]) }
    expect(() => labelledImages(images, labels)).toThrow("2 images and labels 3 labels")
  })
})
