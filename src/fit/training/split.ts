/** Examples set aside before training, with every class in its proportion. */

import { type Array, jit, random } from "../../array/index.ts"

export interface Split {
  readonly training: Uint32Array
  readonly validation: Uint32Array
}

/**
 * Sets aside a share of each class, drawn with a seed.
 * @param labels class of each example
 * @throws RangeError when the share leaves nothing to train or to validate on.
 */
export async function stratifiedSplit(
  labels: Uint8Array,
  share: number,
  seed: number,
): Promise<Split> {
  const order = await shuffled(labels.length, seed)
  const counts = new Map<number, number>()
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1)
  const wanted = new Map([...counts].map(([label, count]) => [label, Math.round(count * share)]))
  const training: number[] = []
  const validation: number[] = []
  for (const example of order) {
    const left = wanted.get(labels[example]) ?? 0
    if (left > 0) {
      wanted.set(labels[example], left - 1)
      validation.push(example)
    } else {
      training.push(example)
    }
  }
  if (training.length === 0 || validation.length === 0) {
    throw new RangeError(
      `a share of ${share} of ${labels.length} examples leaves ${training.length} to train on ` +
        `and ${validation.length} to validate on: both must be more than none`,
    )
  }
  return { training: Uint32Array.from(training), validation: Uint32Array.from(validation) }
}

/** The numbers 0 to n − 1 in an order drawn with a seed. */
export async function shuffled(n: number, seed: number): Promise<Uint32Array> {
  const draw = jit((key: Array) => random.permutation(key, n))
  using key = random.key(seed)
  using order = draw(key)
  return Uint32Array.from(await order.data())
}
