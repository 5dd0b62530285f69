import type { Figure, Link, Machine } from "../machine.ts"
import { memory, secondary, verified } from "../machine.ts"
import * as part from "./parts.ts"
import { fabric, GIBI, GIGA, TERA } from "./parts.ts"

/** Servers' processors, laptops and phones: what most people have. */

const oneUnit = part.box([0.4826, 0.9, 0.04445], 1, "1U server")
const socket: Figure = part.box([0.076, 0.08, 0.03], 1, "package with a low heat sink")

/** `cores` with `ways` hardware threads and `lanes` float32 multiply-add lanes each. */
function cores(count: Figure, ways: number, lanes: number): Machine["threads"] {
  return {
    processors: count,
    resident: { ...count, value: count.value * ways, source: `${count.value} × ${ways} threads` },
    lanes: memory(count.value * lanes, `${count.value} × ${lanes} float32 lanes`),
  }
}

const epyc: Machine = {
  name: "EPYC 9654",
  aliases: ["EPYC", "EPYC Genoa", "AMD EPYC 9654"],
  kind: "server",
  year: 2022,
  peakPerSecond: {
    plain: {
      float64: memory(5.45 * TERA, "half of float32"),
      float32: memory(10.9 * TERA, "96 cores × 32 × 3.55 GHz on all cores"),
      bfloat16: memory(21.8 * TERA, "twice float32, by dot products"),
      int8: memory(43.6 * TERA, "four times float32, by dot products"),
    },
    tensor: {},
  },
  memoryBytes: memory(768 * GIBI, "twelve modules of 64 GiB"),
  memoryBytesPerSecond: verified(460.8 * GIGA, "12 channels × 8 bytes × 4800 MT/s"),
  links: [fabric("Ethernet 100G", 100, "one port")],
  devicesPerNode: 1,
  threads: cores(secondary(96, "press of November 2022"), 2, 16),
  watts: { board: memory(360), chassis: memory(600) },
  dollars: { sale: memory(11_805, "launch list price"), hour: memory(4) },
  cubicMetres: part.spaceFor(socket, oneUnit),
}

const xeon: Machine = {
  name: "Xeon Platinum 8480+",
  aliases: ["Xeon", "Xeon 8480", "Sapphire Rapids"],
  kind: "server",
  year: 2023,
  peakPerSecond: {
    plain: {
      float64: memory(3.58 * TERA, "half of float32"),
      float32: memory(7.17 * TERA, "56 cores × 64 × 2.0 GHz"),
    },
    tensor: {
      bfloat16: memory(114.7 * TERA, "56 cores × 1024 × 2.0 GHz, AMX"),
      int8: memory(229.4 * TERA, "56 cores × 2048 × 2.0 GHz, AMX"),
    },
  },
  memoryBytes: memory(512 * GIBI, "eight modules of 64 GiB"),
  memoryBytesPerSecond: verified(307.2 * GIGA, "8 channels × 8 bytes × 4800 MT/s"),
  links: [fabric("Ethernet 100G", 100, "one port")],
  devicesPerNode: 1,
  threads: cores(memory(56), 2, 32),
  watts: { board: memory(350), chassis: memory(600) },
  dollars: { sale: memory(10_710, "launch list price"), hour: memory(2.5) },
  cubicMetres: part.spaceFor(socket, oneUnit),
}

const thunderbolt: Link = {
  kind: "Thunderbolt 5",
  topology: "mesh",
  devices: 4,
  bytesPerSecond: secondary(10 * GIGA, "80 Gb/s a direction, 120 when boosted"),
  alphaSeconds: memory(30e-6),
}

const wifi: Link = {
  kind: "Wi-Fi",
  topology: "host",
  devices: 64,
  bytesPerSecond: memory(0.1 * GIGA),
  alphaSeconds: memory(3e-3),
}

const internet: Link = {
  kind: "Internet",
  topology: "host",
  devices: part.FABRIC_DEVICES,
  bytesPerSecond: memory(5e6, "40 Mb/s up, an ordinary home"),
  alphaSeconds: memory(25e-3),
}

const macbook: Machine = {
  name: "MacBook Pro M4 Max",
  aliases: ["M4 Max", "laptop", "MacBook Pro"],
  kind: "laptop",
  year: 2024,
  peakPerSecond: {
    plain: {
      float32: secondary(17.2 * TERA, "13.74 of the 32-core part × 40/32"),
      float16: secondary(17.2 * TERA, "as float32"),
    },
    tensor: { int8: memory(38 * TERA, "neural engine") },
  },
  memoryBytes: secondary(128 * GIBI, "press of October 2024; shared with the processor"),
  memoryBytesPerSecond: secondary(546 * GIGA, "press of October 2024"),
  links: [thunderbolt, wifi, internet],
  devicesPerNode: 1,
  threads: {
    processors: secondary(40, "press of October 2024"),
    resident: memory(40 * 1024 * 3, "40 cores × about 3,072 threads"),
    lanes: memory(40 * 128, "40 cores × 128 lanes"),
  },
  watts: { board: memory(90), chassis: memory(140) },
  dollars: { sale: memory(4699) },
  cubicMetres: part.spaceFor(
    part.box([0.12, 0.1, 0.004], 1, "its circuit board, roughly"),
    part.box([0.3557, 0.2481, 0.0168], 1, "MacBook Pro, 16 inches"),
  ),
}

const macStudio: Machine = {
  ...macbook,
  name: "Mac Studio M2 Ultra",
  aliases: ["M2 Ultra", "Mac Studio"],
  year: 2023,
  peakPerSecond: {
    plain: {
      float32: secondary(27.2 * TERA, "21.47 of the 60-core part × 76/60"),
      float16: secondary(27.2 * TERA, "as float32"),
    },
    tensor: { int8: memory(31.6 * TERA, "neural engine") },
  },
  memoryBytes: secondary(192 * GIBI, "press of June 2023; shared with the processor"),
  memoryBytesPerSecond: secondary(800 * GIGA, "press of June 2023"),
  threads: {
    processors: secondary(76, "press of June 2023"),
    resident: memory(76 * 1024 * 3, "76 cores × about 3,072 threads"),
    lanes: memory(76 * 128, "76 cores × 128 lanes"),
  },
  watts: { board: memory(215), chassis: memory(295) },
  dollars: { sale: memory(6599) },
  cubicMetres: part.spaceFor(
    part.box([0.18, 0.18, 0.02], 1, "its circuit board, roughly"),
    part.box([0.197, 0.197, 0.095], 1, "Mac Studio"),
  ),
}

const ryzenLaptop: Machine = {
  ...macbook,
  name: "Ryzen 7 7840U laptop",
  aliases: ["Ryzen laptop", "x86 laptop", "Ryzen 7 7840U"],
  year: 2023,
  peakPerSecond: {
    plain: { float32: memory(0.97 * TERA, "eight cores × 32 × 3.8 GHz; its GPU not counted") },
    tensor: {},
  },
  memoryBytes: memory(32 * GIBI),
  memoryBytesPerSecond: verified(102.4 * GIGA, "128 bits × 6400 MT/s"),
  links: [wifi, internet],
  threads: cores(memory(8), 2, 16),
  watts: { board: memory(28), chassis: memory(45) },
  dollars: { sale: memory(1200) },
  cubicMetres: part.spaceFor(
    part.box([0.12, 0.1, 0.004], 1, "its circuit board, roughly"),
    part.box([0.32, 0.22, 0.016], 1, "laptop, 14 inches"),
  ),
}

const iphone: Machine = {
  name: "A17 Pro (iPhone 15 Pro)",
  aliases: ["A17 Pro", "A17", "iPhone 15 Pro", "iPhone", "phone"],
  kind: "phone",
  year: 2023,
  peakPerSecond: {
    plain: { float32: memory(2.15 * TERA), float16: memory(2.15 * TERA, "as float32") },
    tensor: { int8: memory(35 * TERA, "neural engine") },
  },
  memoryBytes: memory(8 * GIBI, "shared with the processor"),
  memoryBytesPerSecond: memory(51.2 * GIGA, "64 bits × 6400 MT/s"),
  links: [wifi, internet],
  devicesPerNode: 1,
  threads: {
    processors: secondary(6, "press of August 2023"),
    resident: memory(6 * 1024 * 3, "6 cores × about 3,072 threads"),
    lanes: memory(6 * 128, "6 cores × 128 lanes"),
  },
  watts: { board: memory(5), chassis: memory(6) },
  dollars: { sale: memory(999) },
  cubicMetres: {
    board: part.box([0.06, 0.025, 0.003], 1, "its circuit board, roughly"),
    chassis: part.box([0.0706, 0.1466, 0.00825], 1, "iPhone 15 Pro"),
    floor: part.box([0.0706, 0.1466, 0.00825], 1, "a phone stands on no floor: itself"),
  },
}

const snapdragon: Machine = {
  ...iphone,
  name: "Snapdragon 8 Gen 3",
  aliases: ["Adreno 750", "Snapdragon", "Android phone"],
  peakPerSecond: {
    plain: {
      float32: memory(2.77 * TERA, "1536 lanes × 2 × 0.903 GHz"),
      float16: memory(5.5 * TERA, "twice float32"),
    },
    tensor: { int8: memory(34 * TERA, "neural processor") },
  },
  memoryBytes: memory(12 * GIBI, "shared with the processor"),
  memoryBytesPerSecond: secondary(76.8 * GIGA, "64 bits × 9600 MT/s (LPDDR5X at 4800 MHz)"),
  threads: { lanes: memory(1536) },
  dollars: { sale: memory(899) },
  cubicMetres: {
    board: part.box([0.06, 0.03, 0.003], 1, "its circuit board, roughly"),
    chassis: part.box([0.0706, 0.147, 0.0076], 1, "a phone of 6.2 inches"),
    floor: part.box([0.0706, 0.147, 0.0076], 1, "a phone stands on no floor: itself"),
  },
}

export const processors: readonly Machine[] = [
  ...[epyc, xeon, macbook, macStudio, ryzenLaptop, iphone, snapdragon],
]
