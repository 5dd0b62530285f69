/** A folder of images, ready to be learned from. */

import { DataError, type Finding, SettingError } from "../finding.ts"
import { pixelScaling } from "../image-network.ts"
import { readAll } from "../inference.ts"
import {
  type ImageArchitecture,
  imageArchitectures,
  imageChoices,
  isImageArchitecture,
} from "../networks/image-classifiers.ts"
import { crossEntropies } from "../objective.ts"
import type { Problem, SolverOptions } from "../solver.ts"
import { scoreOf } from "../tables/table-evaluation.ts"
import { metrics } from "../task.ts"
import { FittedImages, type ImageTask } from "./fitted-images.ts"
import { imageBaselines } from "./image-baselines.ts"
import { decodeImages, type ImageFile, labelledFiles, usualSide } from "./image-files.ts"
import { brokenFinding, examineImages } from "./image-findings.ts"
import { finishImages } from "./image-finish.ts"
import { type ImageSet, labelledExamples, lookSize, selectSet } from "./image-set.ts"
import { alike, looks, splitImages } from "./image-split.ts"

/** Sides that images are brought to: the largest that most images have. */
const sides = [16, 24, 32, 48, 64]
const alexnetSide = 224
/** Images held out for the choice of weights, at most. */
const mostValidation = 5000

export async function imageProblem(source: string, options: SolverOptions): Promise<Problem> {
  const { seed, test: testSource, network = "cnn" } = options
  if (options.task !== undefined && options.task !== "classification") {
    throw new SettingError(`task is ${options.task}, where images have only classification`)
  }
  if (!isImageArchitecture(network)) {
    throw new SettingError(
      `network is ${network}, which must be one of ${imageArchitectures.join(", ")}`,
    )
  }
  const files = await labelledFiles(source)
  const classes = [...new Set(files.map(({ label }) => label))]
  if (classes.length < 2) {
    throw new DataError(
      `${source} has images of the one class "${classes[0]}": there is nothing to tell apart`,
    )
  }
  const side = await sideFor(files, network, options.memory)
  const findings: Finding[] = []
  const wanted = network === "alexnet" ? 3 : undefined
  const set = await readSet(source, files, classes, side, wanted, findings)
  const { channels } = set.pixels
  const groups = alike(looks(set.pixels))
  findings.push(...examineImages(set, groups, classes))
  const shares = {
    test: testSource === undefined ? (options.testShare ?? 0.2) : 0,
    validation: Math.min(options.validationShare ?? 0.16, mostValidation / set.pixels.count),
  }
  const split = await splitImages(set, groups, shares, seed)
  const training = selectSet(set, split.training)
  const validation = selectSet(set, split.validation)
  const test =
    testSource === undefined
      ? selectSet(set, split.test)
      : await readTest(testSource, classes, side, channels, findings)
  const mirror = channels === 3
  const task: ImageTask = {
    kind: "images",
    goal: "classification",
    inputs: ["image"],
    target: "class",
    classes,
    metric: metrics.accuracy,
  }
  const judged = test.pixels.count > 0 ? test : validation
  // Before the descent, so that only it has to keep the time.
  const baselines = imageBaselines(classes, training, judged, seed)
  const look = labelledExamples(validation)
  const truth = Float64Array.from(validation.labels)
  return {
    task,
    reasons: [
      `each of ${classes.length} folders is a class: the network learns to tell which one`,
      `images become ${side} × ${side} pixels, ${channels === 1 ? "grey, as all are" : "in colour"}`,
      `training sees them shifted${mirror ? " and mirrored" : ""} by chance`,
    ],
    findings,
    split: {
      training: training.pixels.count,
      validation: validation.pixels.count,
      test: test.pixels.count,
      how:
        "each class in its proportion, images that look alike on one side" +
        (testSource === undefined ? "" : `; the test images are ${testSource}`),
    },
    fingerprint: fingerprintOf(set, seed),
    examples: labelledExamples(training),
    choices: imageChoices(network, {
      side,
      channels,
      classes: classes.length,
      ...pixelScaling(training.pixels.values),
      mirror,
      shift: Math.max(1, Math.round(side / 16)),
    }),
    objective: crossEntropies(),
    wantedSteps: 400,
    mostEpochs: 60,
    secondsAfter: 2 + judged.pixels.count / 500,
    check: async (_choice, programs, weights) => {
      const found = await readAll(programs.readout, weights, look, classes.length, lookSize)
      return scoreOf(task, { found, truth })
    },
    finish: (choice, weights) =>
      finishImages(new FittedImages(task, choice.network, weights), {
        validation,
        test,
        baselines,
      }),
  }
}

/**
 * The side that images are brought to.
 * @throws SettingError when the memory does not hold the smallest.
 */
async function sideFor(
  files: readonly ImageFile[],
  network: ImageArchitecture,
  memory = Number.POSITIVE_INFINITY,
): Promise<number> {
  const usual = (await usualSide(files.map(({ path }) => path))) ?? sides[0]
  const fits = sides.filter((side) => side <= usual)
  const asked = network === "alexnet" ? [alexnetSide] : fits.length === 0 ? sides.slice(0, 1) : fits
  // Pixels as they are read, those of each part, and as much again for the descent.
  const bytes = (side: number): number => 2 * files.length * side * side * 3
  const side = asked.findLast((each) => 2 * bytes(each) <= memory)
  if (side === undefined) {
    throw new SettingError(
      `${files.length} images of ${asked[0]} × ${asked[0]} pixels take ` +
        `${(bytes(asked[0]) / 1e6).toFixed(0)} MB, more than half of the ` +
        `${(memory / 1e6).toFixed(0)} MB allowed: allow more, or give fewer images`,
    )
  }
  return side
}

async function readSet(
  source: string,
  files: readonly ImageFile[],
  classes: readonly string[],
  side: number,
  channels: 1 | 3 | undefined,
  findings: Finding[],
): Promise<ImageSet> {
  const paths = files.map(({ path }) => path)
  const { pixels, read, broken } = await decodeImages(paths, side, channels)
  findings.push(...brokenFinding(source, broken, files.length))
  const numbers = new Map(classes.map((name, number) => [name, number]))
  return {
    pixels,
    labels: Int32Array.from(read, (file) => numbers.get(files[file].label) ?? 0),
    paths: Array.from(read, (file) => paths[file]),
  }
}

async function readTest(
  source: string,
  classes: readonly string[],
  side: number,
  channels: 1 | 3,
  findings: Finding[],
): Promise<ImageSet> {
  const files = await labelledFiles(source)
  const strange = files.find(({ label }) => !classes.includes(label))
  if (strange !== undefined) {
    throw new DataError(
      `${source} has the class "${strange.label}", which the images to learn from have not`,
    )
  }
  return readSet(source, files, classes, side, channels, findings)
}

function fingerprintOf({ pixels, labels }: ImageSet, seed: number): string {
  const hash = (values: Uint8Array | Int32Array): string => {
    let sum = 0
    for (const value of values) sum = (Math.imul(sum, 31) + value) >>> 0
    return sum.toString(16)
  }
  return [pixels.count, pixels.side, hash(pixels.values), hash(labels), seed].join("-")
}
