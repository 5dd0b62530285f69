import { expect, test } from "vitest"
import { np, random } from "../../src/array/index.ts"
import { type GenerationOptions, generate, presets, sampleToken } from "../../src/nn/index.ts"

const network = presets.gpt({ vocabulary: 17, context: 8, layers: 2, heads: 2, width: 16 })
const variables = network.initialize(random.key(5))

async function take(count: number, options: GenerationOptions): Promise<number[]> {
  const tokens: number[] = []
  for await (const token of generate(network, variables, [1, 2, 3], options)) {
    tokens.push(token)
    if (tokens.length === count) return tokens
  }
  throw new Error("a generation has no end")
}

test("a kept cache writes what is written without it, past the end of the context too", async () => {
  const key = random.key(6)
  const kept = await take(14, { key })
  expect(await take(14, { key, cache: false })).toEqual(kept)
  expect(new Set(kept).size).toBeGreaterThan(3)
})

test("a prompt longer than the context counts by its end", async () => {
  const long = [9, 9, 9, 1, 2, 3, 4, 5, 6, 7, 8]
  const first = async (prompt: number[]) =>
    (await generate(network, variables, prompt, { key: random.key(0) }).next()).value
  expect(await first(long)).toBe(await first(long.slice(-8)))
})

const logits = np.array([Math.log(0.4), Math.log(0.3), Math.log(0.2), Math.log(0.1)])

async function drawn(options: Parameters<typeof sampleToken>[2]): Promise<readonly number[]> {
  const tokens = sampleToken(random.key(1), np.broadcastTo(logits, [4000, 4]), options)
  const counts = [0, 0, 0, 0]
  for (const token of await tokens.data()) counts[Number(token)] += 1 / 4000
  return counts
}

test.each<[string, Parameters<typeof sampleToken>[2], readonly number[]]>([
  ["as they are", {}, [0.4, 0.3, 0.2, 0.1]],
  ["at temperature 0", { temperature: 0 }, [1, 0, 0, 0]],
  ["at temperature 1/2", { temperature: 0.5 }, [16 / 30, 9 / 30, 4 / 30, 1 / 30]],
  ["of the greatest two", { topK: 2 }, [4 / 7, 3 / 7, 0, 0]],
  ["of the fewest that reach 0.65", { topP: 0.65 }, [4 / 7, 3 / 7, 0, 0]],
  ["of the fewest that reach 0.75", { topP: 0.75 }, [4 / 9, 3 / 9, 2 / 9, 0]],
])("tokens are drawn by their probabilities %s", async (_name, options, wanted) => {
  const found = await drawn(options)
  for (const [i, share] of wanted.entries()) {
    // Four standard deviations of a share of 4,000 draws.
    expect(Math.abs(found[i] - share)).toBeLessThanOrEqual(4 * Math.sqrt(share / 4000))
  }
})

test.each([
  [{ temperature: -1 }, "temperature is -1"],
  [{ topK: 0 }, "topK is 0"],
  [{ topP: 1.5 }, "topP is 1.5"],
])("%j is refused", (options, message) => {
  expect(() => sampleToken(random.key(0), logits, options)).toThrow(message)
})
