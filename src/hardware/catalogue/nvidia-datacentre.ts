import type { Machine } from "../machine.ts"
import { memory, secondary, verified } from "../machine.ts"
import * as part from "./parts.ts"
import { chassisShare, fabric, GIGA, gibibytes, nvlink, pcie, processors, TERA } from "./parts.ts"
import * as sources from "./sources.ts"

/** NVIDIA's data-centre GPUs, Kepler to Blackwell. Peaks are dense. */

const k40: Machine = {
  name: "K40",
  aliases: ["Tesla K40"],
  kind: "gpu",
  year: 2013,
  peakPerSecond: {
    plain: {
      float64: verified(1.68 * TERA, sources.gpuDatabase),
      float32: verified(5.05 * TERA, sources.gpuDatabase),
    },
    tensor: {},
  },
  memoryBytes: gibibytes(12, sources.gpuDatabase),
  memoryBytesPerSecond: verified(288.4 * GIGA, sources.gpuDatabase),
  links: [pcie(3, 8), fabric("InfiniBand FDR", 14, "one 56 Gb/s port for four")],
  devicesPerNode: 8,
  threads: processors(verified(15, "NVIDIA's table of Tesla products"), 2048, 192),
  watts: { board: verified(245, sources.gpuDatabase), chassis: memory(360) },
  dollars: { sale: memory(5500) },
  cubicMetres: part.spaceFor(part.doubleWidthCard, part.fourUnitServer),
}

const dgx1 = part.box([0.444, 0.866, 0.131], 8, "DGX-1, 3U")

const p100Sxm: Machine = {
  name: "P100 SXM2",
  aliases: ["P100", "Tesla P100"],
  kind: "gpu",
  year: 2016,
  peakPerSecond: {
    plain: {
      float64: verified(5.3 * TERA, sources.gpuDatabase),
      float32: verified(10.61 * TERA, sources.gpuDatabase),
      float16: verified(21.22 * TERA, sources.gpuDatabase),
    },
    tensor: {},
  },
  memoryBytes: gibibytes(16, sources.gpuDatabase),
  memoryBytesPerSecond: verified(732.2 * GIGA, sources.gpuDatabase),
  links: [
    nvlink(1, memory(80, "four links of 20 GB/s"), 8, "mesh"),
    fabric("InfiniBand EDR", 50, "four 100 Gb/s ports for eight in a DGX-1"),
  ],
  devicesPerNode: 8,
  threads: processors(verified(56, sources.gpuDatabase), 2048, 64),
  watts: {
    board: verified(300, sources.gpuDatabase),
    chassis: chassisShare(3200, 8, "DGX-1 with P100"),
  },
  dollars: { sale: memory(16_125, "DGX-1 at $129,000 for eight"), hour: memory(1.46) },
  cubicMetres: part.spaceFor(part.sxmModule, dgx1),
}

const p100Pcie: Machine = {
  ...p100Sxm,
  name: "P100 PCIe",
  aliases: ["P100 PCIe 16GB"],
  peakPerSecond: {
    plain: {
      float64: verified(4.76 * TERA, sources.gpuDatabase),
      float32: verified(9.53 * TERA, sources.gpuDatabase),
      float16: verified(19.05 * TERA, sources.gpuDatabase),
    },
    tensor: {},
  },
  links: [pcie(3, 8), fabric("InfiniBand EDR", 25, "one 100 Gb/s port for four")],
  watts: { board: verified(250, sources.gpuDatabase), chassis: memory(375) },
  dollars: { sale: memory(7400), hour: memory(1.46) },
  cubicMetres: part.spaceFor(part.doubleWidthCard, part.fourUnitServer),
}

const v100Sxm32: Machine = {
  name: "V100 SXM2 32GB",
  aliases: ["V100", "V100 SXM", "V100 SXM2", "V100 32GB", "Tesla V100"],
  kind: "gpu",
  year: 2018,
  peakPerSecond: {
    plain: {
      float64: verified(7.83 * TERA, sources.gpuDatabase),
      float32: verified(15.67 * TERA, sources.gpuDatabase),
      float16: verified(31.33 * TERA, sources.gpuDatabase),
    },
    tensor: { float16: verified(125 * TERA, sources.llmC) },
  },
  memoryBytes: gibibytes(32, sources.gpuDatabase),
  memoryBytesPerSecond: verified(898 * GIGA, sources.gpuDatabase),
  links: [
    nvlink(2, verified(150, sources.llmAnalysis), 8, "mesh"),
    fabric("InfiniBand EDR", 50, "four 100 Gb/s ports for eight in a DGX-1"),
  ],
  devicesPerNode: 8,
  threads: processors(verified(80, sources.gpuDatabase), 2048, 64),
  watts: {
    board: secondary(300, "launch reports of the 300 W part (the database lists 250)"),
    chassis: chassisShare(3500, 8, "DGX-1 with V100, run.ai's guide", secondary),
  },
  dollars: {
    sale: secondary(149_000 / 8, "launch report: DGX-1 with eight V100 at $149,000"),
    hour: memory(3.06, "cloud list price of eight for $24.48"),
  },
  cubicMetres: part.spaceFor(part.sxmModule, dgx1),
}

const dgx2 = part.box([0.482, 0.795, 0.44], 16, "DGX-2, 10U")

/** Sixteen in a DGX-2, where a switch joins every device to every other. */
const v100Dgx2: Machine = {
  ...v100Sxm32,
  name: "V100 SXM3 32GB (DGX-2)",
  aliases: ["V100 SXM3", "V100 DGX-2", "DGX-2"],
  links: [
    nvlink(2, verified(150, sources.llmAnalysis), 16),
    fabric("InfiniBand EDR", 50, "eight 100 Gb/s ports for sixteen in a DGX-2"),
  ],
  devicesPerNode: 16,
  watts: { board: memory(350), chassis: chassisShare(10_000, 16, "DGX-2") },
  dollars: { sale: memory(399_000 / 16, "DGX-2 at its launch") },
  cubicMetres: part.spaceFor(part.sxmModule, dgx2),
}

const v100Sxm16: Machine = {
  ...v100Sxm32,
  name: "V100 SXM2 16GB",
  aliases: ["V100 16GB", "V100 SXM 16GB"],
  year: 2017,
  memoryBytes: gibibytes(16, sources.gpuDatabase),
}

const v100Pcie: Machine = {
  ...v100Sxm32,
  name: "V100 PCIe 16GB",
  aliases: ["V100 PCIe"],
  year: 2017,
  peakPerSecond: {
    plain: {
      float64: verified(7.07 * TERA, sources.gpuDatabase),
      float32: verified(14.13 * TERA, sources.gpuDatabase),
      float16: verified(28.26 * TERA, sources.gpuDatabase),
    },
    tensor: { float16: verified(112 * TERA, sources.llmAnalysis) },
  },
  memoryBytes: gibibytes(16, sources.gpuDatabase),
  memoryBytesPerSecond: verified(897 * GIGA, sources.gpuDatabase),
  links: [pcie(3, 8), fabric("InfiniBand EDR", 25, "one 100 Gb/s port for four")],
  watts: { board: memory(250, "product brief; the database lists 300"), chassis: memory(375) },
  dollars: { sale: memory(10_000), hour: memory(2.48) },
  cubicMetres: part.spaceFor(part.doubleWidthCard, part.fourUnitServer),
}

const dgxA100 = part.box(
  [0.4823, 0.8971, 0.264],
  8,
  "DGX A100, 6U, launch report of May 2020",
  secondary,
)

const a100Sxm80: Machine = {
  name: "A100 SXM4 80GB",
  aliases: ["A100", "A100 80GB", "A100 SXM", "A100 SXM4", "A100 SXM 80GB"],
  kind: "gpu",
  year: 2020,
  peakPerSecond: {
    plain: {
      float64: verified(9.75 * TERA, sources.gpuDatabase),
      float32: verified(19.49 * TERA, sources.gpuDatabase),
      float16: verified(77.97 * TERA, sources.gpuDatabase),
    },
    tensor: {
      float64: memory(19.5 * TERA),
      tf32: verified(156 * TERA, sources.llmC),
      bfloat16: verified(312 * TERA, sources.llmC),
      float16: verified(312 * TERA, sources.llmC),
      int8: verified(624 * TERA, sources.llmAnalysis),
    },
  },
  memoryBytes: gibibytes(80, sources.gpuDatabase),
  memoryBytesPerSecond: verified(2039 * GIGA, sources.llmAnalysis),
  links: [
    nvlink(3, verified(300, sources.llmAnalysis)),
    fabric("InfiniBand HDR", 200, "eight 200 Gb/s ports for eight in a DGX A100", secondary),
  ],
  devicesPerNode: 8,
  threads: processors(verified(108, sources.gpuDatabase), 2048, 64),
  watts: {
    board: verified(400, sources.gpuDatabase),
    chassis: chassisShare(6500, 8, "DGX A100, documentation of 2020 as reported", secondary),
  },
  dollars: {
    sale: secondary(25_000, "launch report: DGX A100 from $200,000 for eight"),
    hour: verified(1.75, "llm.c's runs: eight for $14 an hour, 2024"),
  },
  cubicMetres: part.spaceFor(part.sxmModule, dgxA100),
}

const a100Sxm40: Machine = {
  ...a100Sxm80,
  name: "A100 SXM4 40GB",
  aliases: ["A100 40GB", "A100 SXM 40GB"],
  memoryBytes: gibibytes(40, sources.gpuDatabase),
  memoryBytesPerSecond: verified(1555 * GIGA, sources.llmAnalysis),
}

const a100Pcie80: Machine = {
  ...a100Sxm80,
  name: "A100 PCIe 80GB",
  aliases: ["A100 PCIe"],
  year: 2021,
  memoryBytesPerSecond: verified(1935 * GIGA, sources.llmAnalysis),
  links: [pcie(4, 8), fabric("InfiniBand HDR", 100, "one 200 Gb/s port for two")],
  watts: { board: verified(300, sources.gpuDatabase), chassis: memory(450) },
  dollars: { sale: memory(15_000), hour: memory(1.6) },
  cubicMetres: part.spaceFor(part.doubleWidthCard, part.fourUnitServer),
}

const dgxH100 = part.box(
  [0.4826, 0.8966, 0.3556],
  8,
  "DGX H100, 8U, 14 × 19 × 35.3 inches as reported",
  secondary,
)
const hopperClock = "528 tensor cores × 1024 × 1.83 GHz"

const h100Sxm: Machine = {
  name: "H100 SXM5 80GB",
  aliases: ["H100", "H100 80GB", "H100 SXM", "H100 SXM5"],
  kind: "gpu",
  year: 2022,
  peakPerSecond: {
    plain: {
      float64: verified(33.45 * TERA, sources.gpuDatabase),
      float32: verified(66.91 * TERA, sources.gpuDatabase),
      float16: secondary(133.8 * TERA, `${sources.lockwood} (the database doubles it)`),
      bfloat16: secondary(133.8 * TERA, sources.lockwood),
    },
    tensor: {
      float64: secondary(66.9 * TERA, sources.lockwood),
      tf32: secondary(494.7 * TERA, sources.lockwood),
      bfloat16: verified(989.4 * TERA, `${hopperClock}; ${sources.llmAnalysis} rounds to 989`),
      float16: verified(989.4 * TERA, `${hopperClock}; ${sources.llmAnalysis} rounds to 989`),
      float8: secondary(1978.9 * TERA, sources.lockwood),
      int8: verified(1979 * TERA, sources.llmAnalysis),
    },
  },
  memoryBytes: gibibytes(80, sources.gpuDatabase),
  memoryBytesPerSecond: verified(3350 * GIGA, sources.llmAnalysis),
  links: [
    nvlink(4, verified(450, sources.scalingBook)),
    fabric(
      "InfiniBand NDR",
      400,
      `400 GB/s out of a node of eight, ${sources.scalingBook}`,
      verified,
    ),
  ],
  devicesPerNode: 8,
  threads: processors(verified(132, sources.gpuDatabase), 2048, 128),
  watts: {
    board: verified(700, sources.gpuDatabase),
    chassis: chassisShare(10_200, 8, "DGX H100, as reported from NVIDIA", secondary),
  },
  dollars: {
    sale: secondary(199_000 / 8, "DGX H100 list price $199,000 as reported"),
    hour: verified(3.5, "llm.c's runs: eight for $28 an hour, 2024"),
  },
  cubicMetres: part.spaceFor(part.sxmModule, dgxH100),
}

const h100Pcie: Machine = {
  ...h100Sxm,
  name: "H100 PCIe 80GB",
  aliases: ["H100 PCIe"],
  peakPerSecond: {
    plain: {
      float64: verified(25.61 * TERA, sources.gpuDatabase),
      float32: verified(51.22 * TERA, sources.gpuDatabase),
    },
    tensor: {
      tf32: verified(378 * TERA, sources.llmC),
      bfloat16: verified(756 * TERA, sources.llmC),
      float16: verified(756 * TERA, sources.llmC),
      float8: verified(1513 * TERA, sources.llmC),
      int8: verified(1513 * TERA, sources.llmAnalysis),
    },
  },
  memoryBytesPerSecond: verified(2000 * GIGA, sources.llmAnalysis),
  links: [pcie(5, 8), fabric("InfiniBand NDR", 200, "one 400 Gb/s port for two")],
  threads: processors(verified(114, sources.gpuDatabase), 2048, 128),
  watts: { board: verified(350, sources.gpuDatabase), chassis: memory(525) },
  dollars: { sale: secondary(30_000, "model-hub hardware page"), hour: memory(2.39) },
  cubicMetres: part.spaceFor(part.doubleWidthCard, part.fourUnitServer),
}

const h200: Machine = {
  ...h100Sxm,
  name: "H200 SXM5 141GB",
  aliases: ["H200", "H200 SXM"],
  year: 2024,
  memoryBytes: gibibytes(141, sources.gpuDatabase),
  memoryBytesPerSecond: verified(4800 * GIGA, sources.scalingBook),
  dollars: {
    sale: memory(32_000),
    hour: secondary(10, `${sources.scalingBook}: sticker price of a cloud in 2025`),
  },
}

const b200: Machine = {
  name: "B200 SXM 180GB",
  aliases: ["B200", "B200 SXM", "HGX B200", "DGX B200"],
  kind: "gpu",
  year: 2024,
  peakPerSecond: {
    plain: {
      float64: secondary(40 * TERA, sources.lockwood),
      float32: secondary(80 * TERA, sources.lockwood),
    },
    tensor: {
      float64: secondary(40 * TERA, sources.lockwood),
      tf32: secondary(1100 * TERA, sources.lockwood),
      bfloat16: secondary(2250 * TERA, sources.lockwood),
      float16: secondary(2250 * TERA, sources.lockwood),
      float8: secondary(4500 * TERA, sources.lockwood),
      float4: secondary(9000 * TERA, sources.lockwood),
      int8: secondary(4500 * TERA, sources.lockwood),
    },
  },
  memoryBytes: gibibytes(180, `1,440 GB for eight, ${sources.dgxB200Guide}`),
  memoryBytesPerSecond: verified(8000 * GIGA, sources.scalingBook),
  links: [
    nvlink(5, verified(900, sources.scalingBook)),
    fabric("InfiniBand NDR", 400, `eight cards of 400 Gb/s, ${sources.dgxB200Guide}`, verified),
  ],
  devicesPerNode: 8,
  threads: processors(verified(148, sources.scalingBook), 2048, 128),
  watts: {
    board: secondary(1000, sources.lockwood),
    chassis: chassisShare(14_300, 8, `${sources.dgxB200Guide}, maximum`, verified),
  },
  dollars: { sale: memory(40_000), hour: memory(6) },
  cubicMetres: part.spaceFor(
    part.sxmModule,
    part.box([0.4823, 0.8971, 0.444], 8, sources.dgxB200Guide, verified),
  ),
}

const nvl72 = part.box([0.6, 1.068, 2.236], 72, "GB200 NVL72 rack")

const gb200: Machine = {
  ...b200,
  name: "GB200 NVL72",
  aliases: ["GB200", "NVL72"],
  peakPerSecond: {
    plain: {
      float64: secondary(45 * TERA, sources.lockwood),
      float32: secondary(90 * TERA, sources.lockwood),
    },
    tensor: {
      float64: secondary(45 * TERA, sources.lockwood),
      tf32: secondary(1250 * TERA, sources.lockwood),
      bfloat16: secondary(2500 * TERA, sources.lockwood),
      float16: secondary(2500 * TERA, sources.lockwood),
      float8: secondary(5000 * TERA, sources.lockwood),
      float4: secondary(10_000 * TERA, sources.lockwood),
      int8: secondary(5000 * TERA, sources.lockwood),
    },
  },
  memoryBytes: gibibytes(186, sources.mlCommons),
  links: [
    nvlink(5, verified(900, sources.scalingBook), 72),
    fabric("InfiniBand NDR", 400, "one 400 Gb/s port for each"),
  ],
  devicesPerNode: 72,
  watts: {
    board: secondary(1200, sources.lockwood),
    chassis: chassisShare(120_000, 72, "GB200 NVL72, as reported", secondary),
  },
  dollars: {
    sale: secondary(2_500_000 / 72, "$2 to 3 million for a rack of 72, as reported"),
    hour: memory(10.5),
  },
  cubicMetres: part.spaceFor(part.sxmModule, nvl72),
}

export const nvidiaDatacentre: readonly Machine[] = [
  ...[k40, p100Sxm, p100Pcie, v100Sxm16, v100Sxm32, v100Dgx2, v100Pcie],
  ...[a100Sxm40, a100Sxm80, a100Pcie80, h100Sxm, h100Pcie, h200, b200, gb200],
]
