/** What a page or a worker of it is asked to do: devices against the interpreter, on random graphs. */

import { type Device, openCpu, openGpu } from "../../src/device/index.ts"
import { disagreement } from "../device/agreement.ts"
import { graphOfSeed, primitives, randomArguments } from "../graph/random.ts"

export interface Finding {
  readonly device: string
  readonly threads: number
  readonly adapter: string | undefined
  readonly graphs: number
  readonly disagreements: readonly string[]
}

const openers: Readonly<Record<string, () => Promise<Device>>> = {
  cpu: () => openCpu(),
  gpu: () => openGpu(),
}

/** Random graphs of so many seeds, then one of each primitive, on a device by name. */
export async function runSuite(name: string, seeds: number): Promise<Finding> {
  const device = await openers[name]()
  const graphs = [
    ...Array.from({ length: seeds }, (_, seed) => ({ seed, graph: graphOfSeed(seed, 15) })),
    ...primitives.map((primitive, seed) => {
      return { seed, graph: graphOfSeed(seed, 2, { primitives: [primitive] }) }
    }),
  ]
  const disagreements: string[] = []
  for (const { seed, graph } of graphs) {
    const inputs = randomArguments(graph, seed)
    const found = await disagreement(device, { seed, graph, inputs }).catch(String)
    if (found !== undefined) disagreements.push(`seed ${seed}: ${found}`)
  }
  const { threads, adapter } = device
  await device.close()
  const kind = adapter && `${adapter.name}${adapter.isSoftware ? " (software)" : ""}`
  return { device: name, threads, adapter: kind, graphs: graphs.length, disagreements }
}
