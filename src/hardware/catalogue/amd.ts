import type { Link, Machine } from "../machine.ts"
import { memory, secondary, verified } from "../machine.ts"
import * as part from "./parts.ts"
import { fabric, GIGA, gibibytes, processors, TERA } from "./parts.ts"
import * as sources from "./sources.ts"

/** AMD's Instinct accelerators. A whole package counts as one device. Peaks are dense. */

const residency = "2048 threads and 64 lanes for each compute unit"

function infinityFabric(gigabytes: number, devices: number, source: string): Link {
  return {
    kind: "Infinity Fabric",
    topology: "mesh",
    devices,
    bytesPerSecond: secondary(gigabytes * GIGA, source),
    alphaSeconds: memory(4e-6),
  }
}

const mi250x: Machine = {
  name: "MI250X",
  aliases: ["Instinct MI250X", "Radeon Instinct MI250X"],
  kind: "gpu",
  year: 2021,
  peakPerSecond: {
    plain: {
      float64: verified(47.87 * TERA, sources.gpuDatabase),
      float32: verified(47.87 * TERA, sources.gpuDatabase),
    },
    tensor: {
      float64: memory(95.7 * TERA),
      float32: memory(95.7 * TERA),
      bfloat16: verified(383 * TERA, sources.llmAnalysis),
      float16: verified(383 * TERA, sources.llmAnalysis),
      int8: memory(383 * TERA, "CDNA 2 runs int8 at the rate of float16"),
    },
  },
  memoryBytes: gibibytes(128, sources.gpuDatabase),
  memoryBytesPerSecond: verified(3280 * GIGA, sources.gpuDatabase),
  links: [
    infinityFabric(400, 4, `eight links of 50 GB/s, ${sources.llmAnalysis}`),
    fabric("Slingshot 11", 200, "four 200 Gb/s ports for four in Frontier"),
  ],
  devicesPerNode: 4,
  threads: processors(verified(220, sources.gpuDatabase), 2048, 64, residency),
  watts: { board: verified(500, sources.gpuDatabase), chassis: memory(700) },
  dollars: { sale: memory(12_000) },
  cubicMetres: part.spaceFor(
    part.oamModule,
    part.box([0.4826, 0.9, 0.0889], 4, "2U blade with four"),
  ),
}

const mi300Clock = "304 compute units × 2.1 GHz"

const mi300x: Machine = {
  name: "MI300X",
  aliases: ["Instinct MI300X", "MI300"],
  kind: "gpu",
  year: 2023,
  peakPerSecond: {
    plain: {
      float64: verified(81.72 * TERA, sources.gpuDatabase),
      float32: secondary(163.4 * TERA, `${mi300Clock} × 256`),
    },
    tensor: {
      float64: memory(163.4 * TERA),
      tf32: memory(653.7 * TERA, `${mi300Clock} × 1024`),
      bfloat16: secondary(1307.4 * TERA, `${mi300Clock} × 2048, 3.4 × the MI250X as reported`),
      float16: secondary(1307.4 * TERA, `${mi300Clock} × 2048, 3.4 × the MI250X as reported`),
      float8: secondary(2614.9 * TERA, `${mi300Clock} × 4096`),
      int8: secondary(2614.9 * TERA, `${mi300Clock} × 4096, 6.8 × the MI250X as reported`),
    },
  },
  memoryBytes: gibibytes(192, sources.gpuDatabase),
  memoryBytesPerSecond: secondary(5300 * GIGA, "emergentmind.com, MI300X"),
  links: [
    infinityFabric(448, 8, "448 GB/s to the other seven, emergentmind.com"),
    fabric("RoCE 400G", 400, "eight 400 Gb/s ports for eight"),
  ],
  devicesPerNode: 8,
  threads: processors(verified(304, sources.gpuDatabase), 2048, 64, residency),
  watts: { board: verified(750, sources.gpuDatabase), chassis: memory(1275) },
  dollars: {
    sale: secondary(15_000, "model-hub hardware page"),
    hour: secondary(1.85, "gpu.blog, lowest cloud prices"),
  },
  cubicMetres: part.spaceFor(
    part.oamModule,
    part.box([0.4826, 0.9, 0.3556], 8, "8U server with eight"),
  ),
}

export const amd: readonly Machine[] = [mi250x, mi300x]
