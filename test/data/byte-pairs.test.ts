import fc from "fast-check"
import { expect, test } from "vitest"
import { BytePairs, Characters, gpt2Tokens, trainBytePairs } from "../../src/data/index.ts"

const text = "the cat sat on the mat, the cat's hat; ".repeat(5)

test("any text comes back from its tokens, whatever was learned", () => {
  const learned = trainBytePairs(text, 300)
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (any) => {
      const clean = any.toWellFormed()
      expect(learned.decode(learned.encode(clean))).toBe(clean)
    }),
  )
})

test("the most frequent pair becomes the first merge, of equals the one with smaller numbers", () => {
  // h, e of "the" (and of "the" only) occur 3 times, as do " t" and "th".
  const { merges } = trainBytePairs(" the the the", 258)
  const [space, t, h, e] = [..." the"].map((c) => c.charCodeAt(0))
  expect(merges[0]).toEqual([space, t])
  expect(merges[1]).toEqual([h, e])
})

test("what was learned is shorter than bytes, and never crosses a word", () => {
  const learned = trainBytePairs(text, 300)
  expect(learned.encode(text).length).toBeLessThan(text.length / 3)
  for (const token of learned.encode(text)) {
    expect(learned.decode([token]).trimStart()).not.toMatch(/\s\S/)
  }
})

test("nothing is merged that occurs once", () => {
  expect(trainBytePairs("abcdefg", 1000).merges).toEqual([])
})

test("merges of pieces that do not exist are refused", () => {
  expect(() => new BytePairs([[97, 300]])).toThrow("merge 0 joins 97 and 300")
})

test("GPT-2's tokens are GPT-2's", async () => {
  const tokens = await gpt2Tokens()
  // The example of the paper's released encoder.
  expect([...tokens.encode("Hello world")]).toEqual([15496, 995])
  expect(tokens.decode([15496, 995])).toBe("Hello world")
})

test("characters are numbered in order, and a new one is refused by name", () => {
  const characters = Characters.of("hello")
  expect(characters.characters).toEqual(["e", "h", "l", "o"])
  expect([...characters.encode("hole")]).toEqual([1, 3, 2, 0])
  expect(() => characters.encode("x")).toThrow('the character "x" is not among the 4')
})
