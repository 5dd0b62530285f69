/**
 * Class weights: what the examples of each class count in the descent, so that rare classes are
 * learned as well as frequent ones. A descent on weighted examples learns p(class) × weight, up to a
 * factor; so a network's probabilities are divided by the weights again, and stay those of the data,
 * while the class that is told is the one of the greatest p × weight.
 * Source: Elkan, "The Foundations of Cost-Sensitive Learning" (IJCAI 2001); Saerens, Latinne and
 * Decaestecker, "Adjusting the Outputs of a Classifier to New a Priori Probabilities" (2002).
 */

import { SettingError } from "../finding.ts"
import { type Metric, metrics } from "../task.ts"

/** The classes of a task, and what an example of each counts; 1 unless given. */
export interface Classes {
  readonly classes: readonly string[]
  readonly classWeights?: readonly number[]
}

/**
 * The part of a task that class weights decide: its metric, and the weights where there are any.
 * @param asked `"balanced"` for weights against each class's frequency
 * @param labels class numbers of the training examples
 * @throws SettingError when something else is asked for.
 */
export function classTask(
  asked: string | undefined,
  labels: ArrayLike<number>,
  classes: number,
): { readonly metric: Metric; readonly classWeights?: readonly number[] } {
  requireWeighting(asked)
  return asked === undefined
    ? { metric: metrics.accuracy }
    : { metric: metrics.balancedAccuracy, classWeights: balancedWeights(labels, classes) }
}

/** @throws SettingError when it is no way of weighting classes. */
export function requireWeighting(asked: string | undefined): void {
  if (asked === undefined || asked === "balanced") return
  throw new SettingError(`classWeights is ${asked}, which must be balanced or left out`)
}

/** Examples ÷ (classes × examples of the class): on the average over examples they are 1. */
function balancedWeights(labels: ArrayLike<number>, classes: number): number[] {
  const counts = new Float64Array(classes)
  for (let i = 0; i < labels.length; i++) counts[labels[i]]++
  return Array.from(counts, (count) => labels.length / (classes * Math.max(1, count)))
}

/** What is done about classes of very different sizes, as the end of a sentence. */
export function remedyText(asked: string | undefined): string {
  return asked === undefined
    ? "balanced accuracy is reported beside accuracy, and --class-weights balanced lets every class " +
        "count the same"
    : "every class counts the same, by its class weight"
}

/** The class that is told of an example: the one of the greatest probability × weight. */
export function bestOf(
  found: ArrayLike<number>,
  row: number,
  { classes, classWeights }: Classes,
): number {
  const n = classes.length
  const worth = (i: number): number => found[row * n + i] * (classWeights?.[i] ?? 1)
  let best = 0
  for (let i = 1; i < n; i++) if (worth(i) > worth(best)) best = i
  return best
}

/** A class for people and machines, with the probability that it is right. */
export function toldClass(found: ArrayLike<number>, row: number, task: Classes) {
  const best = bestOf(found, row, task)
  const probability = found[row * task.classes.length + best]
  return { name: task.classes[best], probability: Number(probability.toFixed(6)) }
}
