/** What a page or a worker of it is asked to learn: a table, or images that it draws itself. */

import { closeDevices, openDevice } from "../../src/array/index.ts"
import { type FittedNetwork, fit as fitNetwork, loadNetwork } from "../../src/fit/index.ts"

type Learnt = "table" | "images"

export interface FitFinding {
  readonly threads: number
  readonly classes: readonly string[]
  /** Share of the held-out examples that were told right. */
  readonly accuracy: number
  readonly findings: readonly string[]
  /** What was right for some examples, and what the network that was saved as bytes says. */
  readonly truth: readonly unknown[]
  readonly found: readonly unknown[]
  /** Some of the network's weights. */
  readonly weights: readonly number[]
  /** Files of the saved network. */
  readonly files: readonly string[]
  readonly report: string
}

/** What is found of a table and of images. */
export type FitFindings = Readonly<Record<Learnt, FitFinding>>

/** Learns both, one after the other on the same device. */
export async function learnBoth(): Promise<FitFindings> {
  const findings: FitFindings = { table: await learn("table"), images: await learn("images") }
  await closeDevices()
  return findings
}

/** Fits, saves the network as bytes, and asks the one that is read from them. */
export async function learn(what: Learnt): Promise<FitFinding> {
  const { network, truth, ask } = await (what === "table" ? learnTable() : learnImages())
  const files = network.toFiles()
  const found = await ask(await loadNetwork(files))
  const { record, task, report } = network
  return {
    threads: (await openDevice()).threads,
    classes: task.classes ?? [],
    accuracy: record.standings[0].score,
    findings: record.findings.map(({ name }) => name),
    truth,
    found,
    weights: [...network.fitted.weights.values()].flatMap(({ data }) => [...data.slice(0, 20)]),
    files: [...files.keys()],
    report,
  }
}

interface Asked {
  readonly network: FittedNetwork
  readonly truth: readonly unknown[]
  ask(network: FittedNetwork): Promise<readonly unknown[]>
}

/** Rows of two numbers and whether the first is larger, in a file as an input of the page has it. */
async function learnTable(): Promise<Asked> {
  const numbers = Array.from({ length: 400 }, (_, i) => [(i * 37) % 101, (i * 53) % 97])
  const lines = numbers.map(([a, b]) => `${a},${b},${a > b ? "yes" : "no"}`)
  const file = new File([`a,b,larger\n${lines.join("\n")}\n`], "pairs.csv")
  const network = await fitNetwork(file, { size: "xs", steps: 150 })
  const rows = [
    { a: 90, b: 4 },
    { a: 3, b: 80 },
  ]
  return {
    network,
    truth: ["yes", "no"],
    ask: async (saved) => (await saved.predict(rows)).rows.map(({ larger }) => larger),
  }
}

const formats = ["image/png", "image/jpeg", "image/webp"]

/** Crosses and discs in three formats, and a file that is none, in a folder for each class. */
async function learnImages(): Promise<Asked> {
  const held = new Map<string, Blob>([["shapes/disc/torn.png", new Blob(["none"])]])
  for (const shape of ["cross", "disc"] as const) {
    for (let i = 0; i < 60; i++) held.set(`shapes/${shape}/${i}.png`, await draw(shape, i))
  }
  const network = await fitNetwork("shapes", { files: held, size: "xs", epochs: 6 })
  const fresh = new Map([
    ["a.jpg", await draw("cross", 1000)],
    ["b.jpg", await draw("disc", 1001)],
  ])
  return {
    network,
    truth: ["cross", "disc"],
    ask: async (saved) => {
      const { rows } = await saved.predictFile("", fresh)
      return rows.map((row) => row.class)
    },
  }
}

/** A shape at a place, in a size and in a colour that its number decides. */
function draw(shape: "cross" | "disc", number: number): Promise<Blob> {
  const [width, height] = [40 + (number % 5), 32 + (number % 7)]
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext("2d")
  if (context === null) throw new Error("no picture can be drawn here")
  const [x, y, r] = [width / 2 + (number % 4) - 2, height / 2 + (number % 3) - 1, 8 + (number % 5)]
  context.fillStyle = `hsl(${(number * 67) % 360} 30% 85%)`
  context.fillRect(0, 0, width, height)
  context.fillStyle = context.strokeStyle = `hsl(${(number * 131) % 360} 60% 30%)`
  context.lineWidth = 4
  context.beginPath()
  if (shape === "disc") context.arc(x, y, r, 0, 7)
  else {
    context.moveTo(x - r, y - r)
    context.lineTo(x + r, y + r)
    context.moveTo(x + r, y - r)
    context.lineTo(x - r, y + r)
  }
  if (shape === "disc") context.fill()
  else context.stroke()
  return canvas.convertToBlob({ type: formats[number % 3], quality: 0.9 })
}
