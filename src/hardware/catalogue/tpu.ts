import type { Figure, Machine } from "../machine.ts"
import { memory, secondary, verified } from "../machine.ts"
import * as part from "./parts.ts"
import { fabric, GIGA, gibibytes, interChip, TERA } from "./parts.ts"
import * as sources from "./sources.ts"

/**
 * Google's tensor processing units, one chip as one device. The interconnect's figure is per
 * chip and direction over all of its links; a torus brings it to neighbours only.
 */

const rack = (chips: number): Figure => part.box([0.6, 1.2, 2.2], chips, `rack with ${chips} chips`)
const chip: Figure = part.box([0.1, 0.15, 0.03], 1, "package with its cold plate")

function space(chipsPerRack: number): Machine["cubicMetres"] {
  return part.spaceFor(chip, rack(chipsPerRack))
}

const v2: Machine = {
  name: "TPU v2",
  aliases: [],
  kind: "tpu",
  year: 2017,
  peakPerSecond: {
    plain: {},
    tensor: { bfloat16: secondary(45 * TERA, "180 TFLOP/s for a board of four") },
  },
  memoryBytes: gibibytes(16, "aiwiki.ai, TPU", secondary),
  memoryBytesPerSecond: secondary(600 * GIGA, "aiwiki.ai, TPU (other texts say 700)"),
  links: [
    interChip("torus2", memory(248, "four links of 496 Gb/s"), 256),
    fabric("data-centre network", 12.5, "assumed"),
  ],
  devicesPerNode: 4,
  threads: { processors: memory(2) },
  watts: { board: memory(280), chassis: memory(400) },
  dollars: { hour: memory(1.125, "$4.50 for a board of four") },
  cubicMetres: space(64),
}

const v3: Machine = {
  ...v2,
  name: "TPU v3",
  aliases: [],
  year: 2018,
  peakPerSecond: {
    plain: {},
    tensor: { bfloat16: verified(123 * TERA, `${sources.googleDocs}/v3`) },
  },
  memoryBytes: gibibytes(32, `${sources.googleDocs}/v3`),
  memoryBytesPerSecond: verified(900 * GIGA, `${sources.googleDocs}/v3`),
  links: [
    interChip("torus2", memory(328, "four links of 656 Gb/s"), 1024),
    fabric("data-centre network", 12.5, "assumed"),
  ],
  threads: { processors: verified(2, `${sources.googleDocs}/v3`) },
  watts: {
    board: verified(262, `${sources.googleDocs}/v3: measured maximum; 220 in the mean`),
    chassis: memory(400),
  },
  dollars: { hour: memory(2, "$8.00 for a board of four") },
}

const v4: Machine = {
  ...v3,
  name: "TPU v4",
  aliases: ["TPU v4p"],
  year: 2021,
  peakPerSecond: {
    plain: {},
    tensor: {
      bfloat16: verified(275 * TERA, `${sources.googleDocs}/v4`),
      int8: verified(275 * TERA, `${sources.googleDocs}/v4`),
    },
  },
  memoryBytes: gibibytes(32, `${sources.googleDocs}/v4`),
  memoryBytesPerSecond: verified(1200 * GIGA, `${sources.googleDocs}/v4`),
  links: [
    interChip("torus3", verified(270, `six links of 45 GB/s, ${sources.scalingBook}`), 4096),
    fabric("data-centre network", 50, "assumed"),
  ],
  threads: { processors: verified(2, `${sources.googleDocs}/v4`) },
  watts: {
    board: verified(192, `${sources.googleDocs}/v4: measured maximum; 170 in the mean`),
    chassis: memory(300),
  },
  dollars: { hour: memory(3.22) },
}

const v5e: Machine = {
  ...v4,
  name: "TPU v5e",
  aliases: ["TPU v5 lite"],
  year: 2023,
  peakPerSecond: {
    plain: {},
    tensor: {
      bfloat16: verified(197 * TERA, `${sources.googleDocs}/v5e`),
      int8: verified(393 * TERA, `${sources.googleDocs}/v5e`),
    },
  },
  memoryBytes: gibibytes(16, `${sources.googleDocs}/v5e`),
  memoryBytesPerSecond: verified(819 * GIGA, `${sources.googleDocs}/v5e`),
  links: [
    interChip(
      "torus2",
      verified(200, `${sources.googleDocs}/v5e: 400 GB/s in both directions`),
      256,
    ),
    fabric(
      "data-centre network",
      25,
      `${sources.googleDocs}/v5e: two 100 Gb/s ports for eight`,
      verified,
    ),
  ],
  devicesPerNode: 8,
  threads: { processors: verified(1, `${sources.googleDocs}/v5e`) },
  watts: { board: memory(200), chassis: memory(280) },
  dollars: { hour: memory(1.2) },
}

const v5p: Machine = {
  ...v4,
  name: "TPU v5p",
  aliases: [],
  year: 2023,
  peakPerSecond: {
    plain: {},
    tensor: {
      bfloat16: verified(459 * TERA, `${sources.googleDocs}/v5p`),
      int8: verified(918 * TERA, sources.scalingBook),
    },
  },
  memoryBytes: gibibytes(95, `${sources.googleDocs}/v5p`),
  memoryBytesPerSecond: verified(2765 * GIGA, `${sources.googleDocs}/v5p`),
  links: [
    interChip(
      "torus3",
      verified(600, `${sources.googleDocs}/tpu7x: 1200 GB/s in both directions`),
      8960,
    ),
    fabric("data-centre network", 50, `${sources.googleDocs}/tpu7x`, verified),
  ],
  threads: { processors: verified(2, `${sources.googleDocs}/tpu7x`) },
  watts: { board: memory(540), chassis: memory(760) },
  dollars: { hour: secondary(4, `${sources.scalingBook}: sticker price of a cloud in 2025`) },
}

const v6e: Machine = {
  ...v5e,
  name: "TPU v6e",
  aliases: ["Trillium"],
  year: 2024,
  peakPerSecond: {
    plain: {},
    tensor: {
      bfloat16: verified(918 * TERA, `${sources.googleDocs}/v6e`),
      int8: verified(1836 * TERA, `${sources.googleDocs}/v6e`),
    },
  },
  memoryBytes: gibibytes(32, `${sources.googleDocs}/v6e`),
  memoryBytesPerSecond: verified(1638 * GIGA, `${sources.googleDocs}/v6e`),
  links: [
    interChip(
      "torus2",
      verified(400, `${sources.googleDocs}/v6e: 800 GB/s in both directions`),
      256,
    ),
    fabric("data-centre network", 100, `${sources.googleDocs}/tpu7x`, verified),
  ],
  threads: { processors: verified(1, `${sources.googleDocs}/v6e`) },
  watts: { board: memory(300), chassis: memory(420) },
  dollars: { hour: memory(2.7) },
}

const v7: Machine = {
  ...v5p,
  name: "TPU v7",
  aliases: ["TPU7x", "TPU v7x", "Ironwood"],
  year: 2025,
  peakPerSecond: {
    plain: {},
    tensor: {
      bfloat16: verified(2307 * TERA, `${sources.googleDocs}/tpu7x`),
      float8: verified(4614 * TERA, `${sources.googleDocs}/tpu7x`),
    },
  },
  memoryBytes: gibibytes(192, `${sources.googleDocs}/tpu7x`),
  memoryBytesPerSecond: verified(7380 * GIGA, `${sources.googleDocs}/tpu7x`),
  links: [
    interChip(
      "torus3",
      verified(600, `${sources.googleDocs}/tpu7x: 1200 GB/s in both directions`),
      9216,
    ),
    fabric("data-centre network", 100, `${sources.googleDocs}/tpu7x`, verified),
  ],
  watts: { board: memory(900), chassis: memory(1250) },
  dollars: { hour: memory(12) },
}

export const tpu: readonly Machine[] = [v2, v3, v4, v5e, v5p, v6e, v7]
