/** How well classes were found: the share that is right, and which were taken for which. */

export interface Evaluation {
  readonly count: number
  readonly correct: number
  /** Share of examples whose class was found. */
  readonly accuracy: number
  /** Examples of each class (first index) by the class that was found (second index). */
  readonly confusion: readonly (readonly number[])[]
}

/**
 * Compares found classes with the true ones.
 * @throws RangeError when a true class is none of the network's.
 */
export function evaluate(found: Uint8Array, labels: Uint8Array, classes: number): Evaluation {
  const confusion = Array.from({ length: classes }, () => Array.from({ length: classes }, () => 0))
  let correct = 0
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]
    if (label >= classes) {
      throw new RangeError(
        `example ${i} is of class ${label}, but the network knows the classes 0 to ${classes - 1}`,
      )
    }
    confusion[label][found[i]]++
    if (found[i] === label) correct++
  }
  return { count: labels.length, correct, accuracy: correct / labels.length, confusion }
}
