import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { nn, np } from "../../src/array/index.ts"

type Nested = number | boolean | readonly Nested[]
interface Case {
  name: string
  query: Nested
  key: Nested
  value: Nested
  options: {
    scale?: number
    is_causal?: boolean
    bias?: Nested
    mask?: Nested
    query_seq_lengths?: Nested
    key_value_seq_lengths?: Nested
    local_window_size?: [number, number]
  }
  result: Nested
}

const file = new URL("fixtures/attention.json", import.meta.url)
const cases: readonly Case[] = JSON.parse(readFileSync(file, "utf8"))

test.each(cases)(
  "attention agrees with JAX: $name",
  async ({ query, key, value, options, result }) => {
    const { is_causal: isCausal, scale, bias, mask, local_window_size: window } = options
    const { query_seq_lengths: queries, key_value_seq_lengths: sources } = options
    const found = nn.dotProductAttention(np.array(query), np.array(key), np.array(value), {
      ...(isCausal === undefined ? {} : { isCausal }),
      ...(scale === undefined ? {} : { scale }),
      ...(bias === undefined ? {} : { bias: np.array(bias) }),
      ...(mask === undefined ? {} : { mask: np.array(mask) }),
      ...(queries === undefined ? {} : { querySeqLengths: np.array(queries) }),
      ...(sources === undefined ? {} : { keyValueSeqLengths: np.array(sources) }),
      ...(window === undefined ? {} : { localWindowSize: window }),
    })
    const difference = np.abs(found.sub(np.array(result))).max()
    expect(Number(await difference.item())).toBeLessThan(2e-6)
  },
)

test("attention of shapes that do not fit is refused with all three", () => {
  expect(() =>
    nn.dotProductAttention(np.ones([2, 3, 4, 5]), np.ones([2, 6, 3, 5]), np.ones([2, 6, 3, 5])),
  ).toThrow("query [2, 3, 4, 5], key [2, 6, 3, 5] and value [2, 6, 3, 5] must agree")
})
