import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test } from "vitest"
import { random } from "../../src/array/index.ts"
import { readTable } from "../../src/data/index.ts"
import {
  exportOnnx,
  FittedTable,
  fit as fitNetwork,
  sampleOf,
  verifyOnnx,
  verifySample,
} from "../../src/fit/index.ts"
import { OnnxGraph } from "../../src/fit/onnx/graph.ts"
import { addLayers } from "../../src/fit/onnx/layers.ts"
import { encodeModel } from "../../src/fit/onnx/protocol.ts"
import type { Feed } from "../../src/fit/onnx/sample.ts"
import { copyWeights, nameArrays } from "../../src/fit/training/weights.ts"
import {
  activation,
  averagePool,
  batchNorm,
  convolution,
  dense,
  flatten,
  localResponseNorm,
  maxPool,
  Network,
  presets,
  residual,
} from "../../src/nn/index.ts"
import { tableFile } from "./table-file.ts"
import { flowers, generator, houses } from "./tables.ts"

const cases = [
  { what: "values of TabM", text: houses(300), network: "tabm-mini" },
  { what: "values of an MLP", text: houses(300), network: "mlp" },
  {
    what: "classes of TabM, weighted",
    text: flowers(200),
    network: "tabm-mini",
    classWeights: "balanced",
  },
]

test.each(cases)("$what are the same in onnxruntime", async ({ text, network, classWeights }) => {
  const file = await tableFile("data.csv", text)
  const fitted = await fitNetwork(file, { steps: 40, size: "xs", network, classWeights })
  const table = await readTable(file)
  if (!(fitted.fitted instanceof FittedTable)) throw new Error("a table gives a fitted table")
  const made = await exportOnnx(fitted)
  const { largestDifference, largest, rows } = await verifyOnnx(made, fitted.fitted, table)
  expect(rows).toBe(table.rows)
  expect(largestDifference).toBeLessThan(1e-5 * Math.max(1, largest))
})

test("missing cells and unknown words are the same in onnxruntime", async () => {
  const file = await tableFile("houses.csv", houses(300))
  const fitted = await fitNetwork(file, { steps: 40, size: "xs" })
  const odd = await tableFile(
    "odd.csv",
    "rooms,age,district,sold\n,20,moon,2024-02-29\n3,NA,,1999-12-31 13:30\n99,-5,north,?\n",
  )
  if (!(fitted.fitted instanceof FittedTable)) throw new Error("a table gives a fitted table")
  const made = await exportOnnx(fitted)
  const { largestDifference, largest } = await verifyOnnx(made, fitted.fitted, await readTable(odd))
  expect(largestDifference).toBeLessThan(1e-5 * largest)
})

test("an architecture that is not written as ONNX is refused by its name", async () => {
  const file = await tableFile("flowers.csv", flowers(100))
  const fitted = await fitNetwork(file, { steps: 2, size: "xs", network: "ft-transformer" })
  await expect(exportOnnx(fitted)).rejects.toThrow("ft-transformer")
})

/** Sentences told apart by a word. */
function sentences(): string {
  const random = generator(2)
  const rows = Array.from({ length: 200 }, (_, i) => {
    const filler = Array.from({ length: 3 + Math.floor(5 * random()) }, () => "we saw the house")
    return `${filler.join(" ")} and it was ${i % 2 === 0 ? "lovely" : "dreadful"},${i % 2}`
  })
  return `text,label\n${rows.join("\n")}\n`
}

/** A rising wave with dates, all above 0, beside one that goes below. */
function waves(): string {
  const rows = Array.from({ length: 200 }, (_, i) => {
    const day = new Date(Date.UTC(2020, 0, 1 + i)).toISOString().slice(0, 10)
    const wave = Math.sin((2 * Math.PI * i) / 7)
    return `${day},${((i + 20) * (1 + 0.4 * wave)).toFixed(3)},${(3 * wave).toFixed(3)}`
  })
  return `day,load,tide\n${rows.join("\n")}\n`
}

test.each([
  { what: "texts by a bag", text: sentences(), options: { size: "xs" } },
  {
    what: "texts by an encoder",
    text: sentences(),
    options: { size: "xs", network: "encoder" },
  },
  { what: "a series by DLinear", text: waves(), options: {} },
  { what: "a series by PatchTST", text: waves(), options: { network: "patchtst", size: "xs" } },
])("$what are the same in onnxruntime", async ({ text, options }) => {
  const source = await tableFile("data.csv", text)
  const fitted = await fitNetwork(source, { steps: 20, ...options })
  const made = await exportOnnx(fitted)
  const found = await verifySample(made, await sampleOf(made, fitted, source, 100))
  expect(found.rows).toBeGreaterThan(20)
  expect(found.largestDifference).toBeLessThan(1e-5 * Math.max(1, found.largest))
})

/** A folder of coloured squares and stripes. */
async function patterns(count: number): Promise<string> {
  const { mkdtemp, mkdir } = await import("node:fs/promises")
  const { default: sharp } = await import("sharp")
  const folder = await mkdtemp(join(tmpdir(), "tradespace-patterns-"))
  const random = generator(3)
  for (const kind of ["plain", "striped"]) {
    await mkdir(join(folder, kind))
    for (let i = 0; i < count; i++) {
      const data = Uint8Array.from({ length: 20 * 20 * 3 }, (_, at) => {
        const stripe = kind === "striped" && Math.floor(at / 60) % 4 < 2 ? 120 : 0
        return Math.floor(60 + stripe + 60 * random())
      })
      const raw = { width: 20, height: 20, channels: 3 } as const
      await sharp(data, { raw })
        .png()
        .toFile(join(folder, kind, `${i}.png`))
    }
  }
  return folder
}

test("images, each seen from several places, are the same in onnxruntime", async () => {
  const source = await patterns(20)
  const fitted = await fitNetwork(source, { steps: 4, size: "xs" })
  const made = await exportOnnx(fitted)
  const found = await verifySample(made, await sampleOf(made, fitted, source, 100))
  expect(found.rows).toBe(40)
  expect(found.largestDifference).toBeLessThan(1e-5)
})

const block = [convolution(6, 3, { strides: 2, padding: 1, bias: false }), batchNorm()]
const networks: readonly [what: string, network: Network, tokens: number | undefined][] = [
  [
    "layers of images",
    new Network(
      [15, 13, 4],
      [
        convolution(8, [3, 2], { strides: [2, 1], dilation: [1, 2], biasValue: 0.3 }),
        localResponseNorm({ alpha: 0.1 }),
        maxPool(3, { strides: 2, padding: 1 }),
        convolution(6, 3, { groups: 2 }),
        activation("silu"),
        residual(block, { shortcut: [convolution(6, 1, { strides: 2 })] }),
        activation("leakyRelu"),
        averagePool(2, { strides: 1 }),
        flatten(),
        dense(5),
        activation("softplus"),
      ],
    ),
    undefined,
  ],
  ["a decoder", presets.gpt({ vocabulary: 9, context: 6, layers: 2, heads: 2, width: 8 }), 9],
  [
    "an encoder",
    presets.encoder({ vocabulary: 9, context: 6, layers: 1, heads: 2, width: 8 }, 3),
    9,
  ],
  ["a small ResNet-18", presets.resnet18({ classes: 4, input: [16, 16, 3] }), undefined],
]

test.each(networks)(
  "%s give in onnxruntime what they give here",
  async (_what, network, tokens) => {
    const key = random.key(7)
    const variables = network.initialize(key)
    const weights = await copyWeights(network, nameArrays(variables))
    const shape = [3, ...network.input]
    const x =
      tokens === undefined ? random.normal(key, shape) : random.randint(key, shape, 0, tokens)
    const own = await network.apply(variables, x).output.data()
    const graph = new OnnxGraph()
    const input = graph.input("x", tokens === undefined ? "float" : "int64", network.input)
    graph.output("y", addLayers(graph, network, weights, input), "float", ...network.output)
    const bytes = await encodeModel(graph.toModel(""))
    const values = await x.data()
    const feed: Feed =
      tokens === undefined
        ? { type: "float", data: Float32Array.from(values, Number), shape }
        : { type: "int64", data: BigInt64Array.from(Array.from(values, BigInt)), shape }
    const made = { bytes, inputs: [], output: "y" }
    const numbers = Float64Array.from(own, Number)
    const { largestDifference, largest } = await verifySample(made, {
      rows: 3,
      feeds: { x: feed },
      own: numbers,
    })
    expect(largestDifference).toBeLessThan(1e-5 * Math.max(1, largest))
  },
)
