/** Whether a device agrees with the sequential interpreter, on random graphs. */

import type { CompileOptions, Device, DeviceArray } from "../../src/device/index.ts"
import { evaluate } from "../../src/device/ram/index.ts"
import { type Case, difference, type HostArgument, toleranceOf } from "../graph/random.ts"

/** The results of a graph on a device. */
export async function runOn(
  device: Device,
  { graph, inputs }: Case,
  options: CompileOptions = {},
): Promise<HostArgument[]> {
  const executable = device.compile(graph, options)
  const given = inputs.map(({ data, shape }, i) => device.put(data, shape, graph.inputs[i].dtype))
  const results = executable.run(given)
  const read = await Promise.all(results.map(elements))
  for (const array of [...given, ...results]) array.free()
  executable.dispose()
  return read
}

async function elements(array: DeviceArray): Promise<HostArgument> {
  return { data: await array.read(), shape: array.shape }
}

/** Where a device's results differ from the interpreter's beyond rounding; undefined if nowhere. */
export async function disagreement(device: Device, example: Case): Promise<string | undefined> {
  const expected = evaluate(example.graph, example.inputs)
  return difference(await runOn(device, example), expected, toleranceOf(example))
}
