import type { Figure, Link, Machine } from "../machine.ts"
import { memory, secondary, verified } from "../machine.ts"
import * as part from "./parts.ts"
import { GIGA, gibibytes, pcie, processors, TERA } from "./parts.ts"
import * as sources from "./sources.ts"

/** NVIDIA's cards for desktop computers. Tensor peaks are dense with float32 accumulation. */

const ethernet: Link = part.fabric("Ethernet 10G", 10, "one port for each computer")

function desktop(board: Figure, watts: Figure): Pick<Machine, "cubicMetres" | "watts"> {
  return {
    cubicMetres: part.spaceFor(board, part.desktopTower),
    watts: { board: watts, chassis: memory(watts.value + 200, "the card and 200 W around it") },
  }
}

const gtx580: Machine = {
  name: "GTX 580 3GB",
  aliases: ["GTX 580", "GeForce GTX 580"],
  kind: "gpu",
  year: 2010,
  peakPerSecond: {
    plain: {
      float64: verified(0.2 * TERA, sources.gpuDatabase),
      float32: verified(1.58 * TERA, sources.gpuDatabase),
    },
    tensor: {},
  },
  memoryBytes: gibibytes(3, "Krizhevsky et al. 2012 (the usual card has 1.5 GB)", secondary),
  memoryBytesPerSecond: verified(192.4 * GIGA, sources.gpuDatabase),
  links: [pcie(2, 2), part.fabric("Ethernet 1G", 1, "one port for each computer")],
  devicesPerNode: 2,
  threads: processors(verified(16, sources.gpuDatabase), 1536, 32),
  dollars: {
    sale: secondary(312, "Epoch AI's simulator: 16 million for $5 billion"),
  },
  ...desktop(
    part.box([0.267, 0.111, 0.038], 1, `two slots; length from ${sources.gpuDatabase}`, secondary),
    verified(244, sources.gpuDatabase),
  ),
}

const rtx3090: Machine = {
  name: "RTX 3090",
  aliases: ["GeForce RTX 3090"],
  kind: "gpu",
  year: 2020,
  peakPerSecond: {
    plain: {
      float64: verified(0.56 * TERA, sources.gpuDatabase),
      float32: verified(35.58 * TERA, sources.gpuDatabase),
      float16: verified(35.58 * TERA, sources.gpuDatabase),
    },
    tensor: {
      tf32: verified(35.5 * TERA, `40 × 328/336 × 1695/1860, ${sources.llmC}`),
      bfloat16: verified(71.2 * TERA, `80 × 328/336 × 1695/1860, ${sources.llmC}`),
      float16: verified(71.2 * TERA, `80 × 328/336 × 1695/1860, ${sources.llmC}`),
      int8: memory(284 * TERA),
    },
  },
  memoryBytes: gibibytes(24, sources.gpuDatabase),
  memoryBytesPerSecond: verified(936.2 * GIGA, sources.gpuDatabase),
  links: [pcie(4, 8), ethernet],
  devicesPerNode: 1,
  threads: processors(verified(82, sources.gpuDatabase), 1536, 128),
  dollars: { sale: memory(1499), hour: memory(0.3) },
  ...desktop(
    part.box([0.336, 0.14, 0.061], 1, sources.gpuDatabase, secondary),
    verified(350, sources.gpuDatabase),
  ),
}

const rtx4090: Machine = {
  ...rtx3090,
  name: "RTX 4090",
  aliases: ["GeForce RTX 4090"],
  year: 2022,
  peakPerSecond: {
    plain: {
      float64: verified(1.29 * TERA, sources.gpuDatabase),
      float32: verified(82.58 * TERA, sources.gpuDatabase),
      float16: verified(82.58 * TERA, sources.gpuDatabase),
    },
    tensor: {
      tf32: verified(82.6 * TERA, sources.llmC),
      bfloat16: verified(165.2 * TERA, sources.llmC),
      float16: verified(165.2 * TERA, sources.llmC),
      float8: verified(330.3 * TERA, sources.llmC),
      int8: secondary(660.6 * TERA, "hmc-tech.com comparison"),
    },
  },
  memoryBytesPerSecond: verified(1010 * GIGA, sources.gpuDatabase),
  threads: processors(verified(128, sources.gpuDatabase), 1536, 128),
  dollars: { sale: secondary(1599, "launch price, press of September 2022"), hour: memory(0.5) },
  ...desktop(
    part.box([0.304, 0.137, 0.061], 1, sources.gpuDatabase, secondary),
    verified(450, sources.gpuDatabase),
  ),
}

const rtx5090: Machine = {
  ...rtx4090,
  name: "RTX 5090",
  aliases: ["GeForce RTX 5090"],
  year: 2025,
  peakPerSecond: {
    plain: {
      float64: verified(1.64 * TERA, sources.gpuDatabase),
      float32: verified(104.8 * TERA, sources.gpuDatabase),
      float16: verified(104.8 * TERA, sources.gpuDatabase),
    },
    tensor: {
      tf32: memory(104.8 * TERA),
      bfloat16: memory(209.5 * TERA, "838 TFLOP/s sparse with float16 accumulation, quartered"),
      float16: memory(209.5 * TERA, "838 TFLOP/s sparse with float16 accumulation, quartered"),
      float8: memory(419 * TERA),
      float4: secondary(1676 * TERA, "3352 TOPS sparse, halved"),
      int8: secondary(838 * TERA, "3352 TOPS sparse in four bits, quartered"),
    },
  },
  memoryBytes: gibibytes(32, sources.gpuDatabase),
  memoryBytesPerSecond: verified(1790 * GIGA, sources.gpuDatabase),
  links: [pcie(5, 8), ethernet],
  threads: processors(verified(170, sources.gpuDatabase), 1536, 128),
  dollars: { sale: memory(1999), hour: memory(0.9) },
  ...desktop(
    part.box([0.304, 0.137, 0.04], 1, sources.gpuDatabase, secondary),
    verified(575, sources.gpuDatabase),
  ),
}

export const nvidiaConsumer: readonly Machine[] = [gtx580, rtx3090, rtx4090, rtx5090]
