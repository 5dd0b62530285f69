import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import sharp from "sharp"
import { afterAll, beforeAll, expect, test } from "vitest"
import { machineFiles } from "../../src/data/index.ts"
import { imageProblem } from "../../src/fit/images/image-problem.ts"
import { survivesMirror } from "../../src/fit/images/mirroring.ts"
import {
  type FittedNetwork,
  fit as fitNetwork,
  loadNetwork,
  serveNetwork,
} from "../../src/fit/index.ts"
import { inProcess } from "../cli/in-process.ts"
import { idxOf, pictures } from "./pictures.ts"

const folder = mkdtempSync(join(tmpdir(), "tradespace-pictures-"))
const shapes = join(folder, "shapes")
const out = join(folder, "network")

/** Shapes of one of two kinds, anywhere, of any colour and of several sizes of file. */
function shape(kind: string, i: number): string {
  let state = i * 7919 + kind.length * 104_729
  const draw = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  const radius = 5 + draw(4)
  const [x, y] = [radius + draw(24 - 2 * radius), radius + draw(24 - 2 * radius)]
  const fill = `hsl(${draw(360)}, 80%, 40%)`
  const drawn =
    kind === "disc"
      ? `<circle cx="${x}" cy="${y}" r="${radius}" fill="${fill}"/>`
      : `<path d="M${x - radius} ${y}h${2 * radius}M${x} ${y - radius}v${2 * radius}" stroke="${fill}" stroke-width="3"/>`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="${20 + draw(20)}" height="${20 + draw(20)}">${drawn}</svg>`
}

async function draw(kind: string, i: number, into: string): Promise<string> {
  const image = sharp(Buffer.from(shape(kind, i))).flatten({ background: "#eee" })
  const format = (["png", "jpeg", "webp"] as const)[i % 3]
  const path = join(into, `${i}.${format === "jpeg" ? "jpg" : format}`)
  await image.toFormat(format).toFile(path)
  return path
}

let network: FittedNetwork
const settings = { steps: 120, size: "xs", seed: 1 }

beforeAll(async () => {
  for (const kind of ["cross", "disc"]) {
    const into = join(shapes, kind)
    mkdirSync(into, { recursive: true })
    for (let i = 0; i < 90; i++) await draw(kind, i, into)
  }
  writeFileSync(join(shapes, "disc", "torn.png"), "this is no image")
  network = await fitNetwork(shapes, { ...settings, out })
})

afterAll(() => rmSync(folder, { recursive: true }))

test("shapes are told apart better than by the nearest class mean", () => {
  const { standings, findings, split } = network.record
  expect(network.task).toMatchObject({ kind: "images", classes: ["cross", "disc"] })
  expect(standings[0].score).toBeGreaterThanOrEqual(0.9)
  const nearest = standings.find(({ name }) => name === "the nearest class mean")
  expect(standings[0].score).toBeGreaterThan(nearest?.score ?? 1)
  expect(findings.map(({ name }) => name)).toContain("broken-images")
  expect(split.training + split.validation + split.test).toBe(180)
})

test("the same seed gives the same bits", async () => {
  const short = { ...settings, steps: 6 }
  const [one, other] = [await fitNetwork(shapes, short), await fitNetwork(shapes, short)]
  expect(one.fitted.weights).toEqual(other.fitted.weights)
})

test("files, folders and bytes get the same answer, also from the saved network", async () => {
  const fresh = await draw("disc", 500, folder)
  const again = await loadNetwork(out)
  const image = readFileSync(fresh).toString("base64")
  const [told] = (await network.predict([{ image }])).rows
  expect(told.class).toBe("disc")
  expect((await again.predict([{ image: `data:image/webp;base64,${image}` }])).rows[0]).toEqual(
    told,
  )
  expect((await again.predictFile(fresh)).rows).toEqual([{ image: fresh, ...told }])
  const { rows, notes } = await again.predictFile(shapes)
  expect(rows).toHaveLength(180)
  expect(notes.join()).toContain("torn.png")
  expect(again.report).toContain("Worst errors")
})

test("a server takes an image as it is, and has a page to drop one on", async () => {
  const serving = await serveNetwork(network, { port: 0, mostBytes: 100_000 })
  try {
    const file = join(shapes, "cross", "3.png")
    const send = (
      body: Uint8Array<ArrayBuffer> | string,
      type = "application/x-www-form-urlencoded",
    ) =>
      fetch(`${serving.url}/predict`, { method: "POST", body, headers: { "content-type": type } })
    const answer = await send(Uint8Array.from(readFileSync(file)))
    const [{ image: _, ...told }] = (await network.predictFile(file)).rows
    expect(await answer.json()).toEqual({ predictions: [told], notes: [] })
    expect((await send(Uint8Array.of(0xff, 0xd8, 0xff, 1), "image/jpeg")).status).toBe(422)
    expect((await send("shape=cross")).status).toBe(415)
    expect((await send(new Uint8Array(200_000))).status).toBe(413)
    expect(await (await fetch(serving.url)).text()).toContain("Drop a picture here")
  } finally {
    await serving.close()
  }
})

test.each([
  [{ image: "" }, "row 1: image must be"],
  [{ image: "aGVsbG8=" }, "row 1: its image is no whole"],
  [{ picture: "x" }, "row 1: picture is not image"],
])("the row %j is refused", async (row, message) => {
  await expect(network.predict([row])).rejects.toThrow(message)
})

test("images that memory would not hold are decoded when they are needed, to the same pixels", async () => {
  const [held, filed] = await Promise.all([
    imageProblem(shapes, { seed: 0 }, machineFiles),
    imageProblem(shapes, { seed: 0, memory: 1e6 }, machineFiles),
  ])
  expect(filed.reasons.join()).toContain("decoded when they are needed")
  expect(held.reasons.join()).not.toContain("decoded when they are needed")
  // Which images are held out goes by how they look, so the same number may stand for others.
  const all = Uint32Array.from({ length: held.examples.count }, (_, i) => i)
  const batches = await Promise.all([held, filed].map(({ examples }) => examples.gather(all)))
  const imagesOf = ({ image }: (typeof batches)[0]): Set<string> => {
    const size = image.data.length / all.length
    return new Set(Array.from(all, (i) => image.data.slice(i * size, (i + 1) * size).join()))
  }
  const [one, other] = batches.map(imagesOf)
  expect(one.size).toBe(all.length)
  expect([...one].filter((image) => other.has(image)).length).toBeGreaterThan(0.5 * all.length)
  const gone = join(folder, "gone")
  cpSync(shapes, gone, { recursive: true })
  const { examples } = await imageProblem(gone, { seed: 0, memory: 1e6 }, machineFiles)
  rmSync(join(gone, "cross"), { recursive: true })
  await expect(examples.gather(all.subarray(0, examples.count))).rejects.toThrow(
    "was a whole image when the fit began and is none any more",
  )
})

test("copies and images with two labels are told of", async () => {
  const copied = join(folder, "copied")
  cpSync(shapes, copied, { recursive: true })
  cpSync(join(copied, "disc", "3.png"), join(copied, "disc", "copy.png"))
  cpSync(join(copied, "disc", "6.png"), join(copied, "cross", "copy.png"))
  const { record } = await fitNetwork(copied, { steps: 1, size: "xs" })
  const names = record.findings.map(({ name }) => name)
  expect(names).toEqual(["broken-images", "near-duplicate-images", "contradicting-labels"])
})

test("what cannot be learned from is refused in a sentence", async () => {
  const made = (name: string): string => {
    const path = join(folder, name)
    mkdirSync(path, { recursive: true })
    return path
  }
  const kind = "images"
  const refusal = (source: string, more = {}) =>
    expect(fitNetwork(source, { steps: 1, kind, ...more })).rejects
  await refusal(made("empty")).toThrow("has no folder with images")
  made("one/only")
  cpSync(join(shapes, "disc"), join(folder, "one", "only"), { recursive: true })
  await refusal(join(folder, "one")).toThrow('images of the one class "only"')
  const broken = made("broken/a")
  made("broken/b")
  await draw("disc", 1, broken)
  writeFileSync(join(folder, "broken", "b", "2.png"), "")
  await refusal(join(folder, "broken")).toThrow("1 of 2 files")
  await refusal(shapes, { network: "vgg" }).toThrow("network is vgg")
  await refusal(shapes, { memory: "10kB" }).toThrow("more than half of the")
})

test("images in IDX files are learned from like those in folders, and compressed ones too", async () => {
  const files = idxOf(pictures(240, 8))
  const [images, labels] = ["set-images-idx3-ubyte", "set-labels-idx1-ubyte.gz"].map((name) =>
    join(folder, name),
  )
  writeFileSync(images, files.images)
  writeFileSync(labels, gzipSync(files.labels))
  const found = await fitNetwork(images, { labels, epochs: 20, size: "xs" })
  expect(found.task).toMatchObject({ kind: "images", classes: ["0", "1", "2"] })
  expect(found.record.standings[0].score).toBeGreaterThan(0.9)
  const { rows } = await found.predictFile(images)
  expect(rows.filter((row, i) => row.class === String(i % 3)).length).toBeGreaterThan(216)
  await expect(fitNetwork(images, { kind: "images" })).rejects.toThrow("labels-idx1-ubyte cannot")
})

test("letters are not mirrored, and what looks alike in a mirror is", () => {
  const side = 8
  const set = (draw: (label: number, x: number, y: number) => boolean) => {
    const labels = Int32Array.from({ length: 40 }, (_, i) => i % 2)
    const values = Uint8Array.from({ length: 40 * side * side }, (_, at) => {
      const [x, y] = [at % side, Math.floor(at / side) % side]
      return draw(labels[Math.floor(at / (side * side))], x, y) ? 200 : (at * 7) % 30
    })
    return { pixels: { count: 40, side, channels: 1 as const, values }, labels }
  }
  const slashes = set((label, x, y) => (label === 0 ? x === y : x === side - 1 - y))
  const bars = set((label, x, y) => (label === 0 ? y === 3 : x === 3 || x === 4))
  expect(survivesMirror(slashes, 2)).toBe(false)
  expect(survivesMirror(bars, 2)).toBe(true)
})

test("a table of paths and classes is taken as a folder for each class is", async () => {
  const kinds = ["cross", "disc"]
  const rows = kinds.flatMap((kind) =>
    Array.from({ length: 90 }, (_, i) => {
      const ending = ["png", "jpg", "webp"][i % 3]
      return `shapes/${kind}/${i}.${ending},${kind}`
    }),
  )
  const listed = join(folder, "listed.csv")
  writeFileSync(listed, `file,kind\n${rows.join("\n")}\nshapes/disc/gone.png,disc\n`)
  const { record, task } = await fitNetwork(listed, { steps: 2, size: "xs" })
  expect(task).toMatchObject({ kind: "images", classes: kinds })
  expect(record.findings.map(({ name }) => name)).toContain("broken-images")
  const { training, validation, test: judged } = record.split
  expect(training + validation + judged).toBe(180)
  const bare = join(folder, "bare.csv")
  writeFileSync(bare, `${rows.join("\n")}\n`)
  await expect(fitNetwork(bare, { steps: 1 })).rejects.toThrow(
    "name the columns, or use --no-header",
  )
  const gone = join(folder, "gone.csv")
  const half = rows.map((row, i) => (i % 2 === 0 ? row : row.replace("shapes", "nowhere")))
  writeFileSync(gone, `file,kind\n${half.join("\n")}\n`)
  await expect(fitNetwork(gone, { steps: 1 })).rejects.toThrow("90 of 180 files")
  await expect(fitNetwork(listed, { target: "size" })).rejects.toThrow(
    'no column "size" of classes beside its paths: there are kind',
  )
})

// The last: a command closes the devices, on which the network of this file lies.
test("the command classifies a file", async () => {
  const { output } = await inProcess("predict", out, join(shapes, "cross", "3.png"), "--json")
  expect(JSON.parse(output).predictions[0].class).toBe("cross")
})
