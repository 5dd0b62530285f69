import type { Link, LinkTopology, Machine } from "../machine.ts"
import { memory, secondary, verified } from "../machine.ts"
import * as part from "./parts.ts"
import { fabric, GIBI, GIGA, TERA } from "./parts.ts"
import * as sources from "./sources.ts"

/** Amazon's training chips, one chip as one device. */

function neuronLink(
  version: number,
  topology: LinkTopology,
  gigabytes: number,
  devices: number,
): Link {
  return {
    kind: `NeuronLink ${version}`,
    topology,
    devices,
    bytesPerSecond: verified(gigabytes * GIGA, `${sources.neuronDocs}: half of both directions`),
    alphaSeconds: memory(2e-6),
  }
}

const trainium2: Machine = {
  name: "Trainium2",
  aliases: ["trn2"],
  kind: "accelerator",
  year: 2024,
  peakPerSecond: {
    plain: {},
    tensor: {
      float32: verified(181 * TERA, sources.neuronDocs),
      tf32: verified(667 * TERA, sources.neuronDocs),
      bfloat16: verified(667 * TERA, sources.neuronDocs),
      float16: verified(667 * TERA, sources.neuronDocs),
      float8: verified(1299 * TERA, sources.neuronDocs),
    },
  },
  memoryBytes: verified(96 * GIBI, sources.neuronDocs),
  memoryBytesPerSecond: verified(2900 * GIGA, sources.neuronDocs),
  links: [neuronLink(3, "torus2", 640, 16), fabric("EFA v3", 200, "3.2 Tb/s for sixteen")],
  devicesPerNode: 16,
  threads: { processors: verified(8, sources.neuronDocs) },
  watts: { board: secondary(500, "summary of an analysis of Trainium2"), chassis: memory(700) },
  dollars: {},
  cubicMetres: part.spaceFor(
    part.oamModule,
    part.box([0.4826, 0.9, 0.8001], 16, "18U of a rack for sixteen"),
  ),
}

const trainium3: Machine = {
  ...trainium2,
  name: "Trainium3",
  aliases: ["trn3"],
  year: 2025,
  peakPerSecond: {
    plain: {},
    tensor: {
      float32: verified(183 * TERA, sources.neuronDocs),
      tf32: verified(671 * TERA, sources.neuronDocs),
      bfloat16: verified(671 * TERA, sources.neuronDocs),
      float16: verified(671 * TERA, sources.neuronDocs),
      float8: verified(2517 * TERA, sources.neuronDocs),
    },
  },
  memoryBytes: verified(144 * GIBI, sources.neuronDocs),
  memoryBytesPerSecond: verified(4900 * GIGA, sources.neuronDocs),
  links: [neuronLink(4, "torus3", 1280, 64), fabric("EFA v3", 200, "assumed as before")],
  watts: { board: memory(900), chassis: memory(1200) },
}

export const trainium: readonly Machine[] = [trainium2, trainium3]
