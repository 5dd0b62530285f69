import { expect, test } from "vitest"
import { jit, np, random } from "../../src/array/index.ts"
import {
  activation,
  type DecodingCache,
  decode,
  dense,
  embedding,
  emptyCache,
  flatten,
  type Layer,
  Network,
  positions,
  presets,
  residual,
  selfAttention,
  unembedding,
  type Variables,
} from "../../src/nn/index.ts"

const size = { vocabulary: 13, context: 8, layers: 2, heads: 2, width: 8 }

const networks: readonly [string, Network][] = [
  ["a GPT", presets.gpt(size)],
  ["a GPT without biases", presets.gpt(size, { bias: false })],
  [
    "a decoder with sinusoidal places and a shortcut",
    new Network(
      [8],
      [
        embedding(13, 8),
        positions("sinusoidal"),
        residual([selfAttention(4, { causal: true })], {
          shortcut: [dense(8), activation("relu")],
        }),
        unembedding(13),
      ],
    ),
  ],
]

test.each(networks)(
  "%s decoded in pieces gives what it gives for the whole",
  async (_name, network) => {
    const variables = network.initialize(random.key(3))
    const tokens = random.randint(random.key(4), [2, 8], 0, 13)
    const whole = network.apply(variables, tokens).output
    const step = jit((v: Variables, c: DecodingCache, t: typeof tokens, position: typeof tokens) =>
      decode(network, v, c, t, position),
    )
    let cache = emptyCache(network, 2)
    let position = 0
    for (const count of [3, 1, 1, 3]) {
      const part = tokens.slice([], [position, position + count])
      const at = np.array(position, { dtype: "int32" })
      const { output, cache: after } = step(variables, cache, part, at)
      const difference = np.abs(output.sub(whole.slice([], [position, position + count]))).max()
      expect(Number(await difference.item())).toBeLessThan(1e-5)
      cache = after
      position += count
    }
  },
)

test.each<[string, Layer, string]>([
  ["a layer that joins all places", flatten(), "a flatten layer needs all places at once"],
])("%s cannot be decoded", (_name, layer, message) => {
  const network = new Network([8], [embedding(13, 8), layer])
  expect(() => emptyCache(network, 1)).toThrow(message)
})

test("attention that sees later places cannot be decoded", () => {
  const network = presets.encoder(size, 2)
  expect(() => emptyCache(network, 1)).toThrow("cannot be decoded")
})
