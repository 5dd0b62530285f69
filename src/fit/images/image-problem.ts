/** A folder of images, ready to be learned from. */

import type { Files } from "../../data/index.ts"
import { DataError, type Finding, SettingError } from "../finding.ts"
import { imageChoices } from "../networks/image-classifiers.ts"
import {
  type ImageArchitecture,
  imageArchitectures,
  isImageArchitecture,
} from "../networks/image-settings.ts"
import { type DataForm, requireRead } from "../settings.ts"
import type { Problem, SolverOptions } from "../solver.ts"
import { scoreOf } from "../tables/table-evaluation.ts"
import { classTask, requireWeighting } from "../training/class-weights.ts"
import { readAll } from "../training/inference.ts"
import { crossEntropies } from "../training/objective.ts"
import { colourAxes } from "./colours.ts"
import { FittedImages, type ImageTask } from "./fitted-images.ts"
import { isIdxImages, readIdxSet } from "./idx-images.ts"
import { imageBaselines } from "./image-baselines.ts"
import { decodeImages, labelledFiles, usualSide } from "./image-files.ts"
import { brokenFinding, examineImages } from "./image-findings.ts"
import { finishImages } from "./image-finish.ts"
import {
  filedPixels,
  heldPixels,
  type ImageSet,
  labelledExamples,
  lookSize,
  selectSet,
} from "./image-set.ts"
import { alike, looks, splitImages } from "./image-split.ts"
import { type ImageFile, isImageTableName } from "./image-table.ts"
import { survivesMirror } from "./mirroring.ts"
import { pixelScaling } from "./pixel-scaling.ts"

/** Sides that images are brought to: the largest that most images have. */
const sides = [16, 24, 32, 48, 64]
/** Of which AlexNet sees 224 at a time. */
const alexnetSide = 256
/** Images held out for the choice of weights, at most. */
const mostValidation = 5000
/** Times that each image should be seen: a larger network is worth less than those. */
const wantedEpochs = 16

export async function imageProblem(
  source: string,
  options: SolverOptions,
  files: Files,
): Promise<Problem> {
  const { seed, test: testSource, network = "cnn", classWeights: weighting } = options
  requireWeighting(weighting)
  if (options.task !== undefined && options.task !== "classification") {
    throw new SettingError(`task is ${options.task}, where images have only classification`)
  }
  if (!isImageArchitecture(network)) {
    throw new SettingError(
      `network is ${network}, which must be one of ${imageArchitectures.join(", ")}`,
    )
  }
  const findings: Finding[] = []
  const read = await readImages(source, files, network, options, findings)
  const { classes, set } = read
  const { side, channels, isHeld } = set.images
  const groups = alike(looks(set.pixels))
  findings.push(...examineImages(set, groups, classes, weighting))
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
      : await readTest(testSource, files, options, read, findings)
  const mirror = survivesMirror(training, classes.length)
  const task: ImageTask = {
    kind: "images",
    goal: "classification",
    inputs: ["image"],
    target: "class",
    classes,
    ...classTask(weighting, training.labels, classes.length),
  }
  const judged = test.pixels.count > 0 ? test : validation
  // Before the descent, so that only it has to keep the time.
  const baselines = imageBaselines(task, training, judged, seed)
  const look = labelledExamples(validation)
  const truth = Float64Array.from(validation.labels)
  return {
    task,
    reasons: [
      `there are ${classes.length} classes: the network learns to tell which one an image is of`,
      `images ${read.isFolder ? "become" : "are"} ${side} × ${side} pixels, ${channels === 1 ? "grey, as all are" : "in colour"}` +
        (isHeld ? "" : "; they are decoded when they are needed, for memory would not hold them"),
      mirror
        ? "training sees them shifted and mirrored by chance, for most look alike in a mirror"
        : "training sees them shifted by chance, and not mirrored, for that would change them",
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
    choices: imageChoices(
      network,
      {
        side,
        channels,
        classes: classes.length,
        ...pixelScaling(training.pixels.values),
        mirror,
        shift: Math.max(1, Math.round(side / 16)),
        ...(network === "alexnet" ? { colours: colourAxes(training.pixels) } : {}),
      },
      training.pixels.count,
    ),
    objective: crossEntropies({
      weights: task.classWeights,
      smoothing: network === "cnn" ? 0.1 : 0,
    }),
    wantedSteps: Math.max(400, (wantedEpochs * training.pixels.count) / 128),
    mostEpochs: 60,
    secondsAfter: 2 + (judged.pixels.count + validation.pixels.count) / 4000,
    check: async (_choice, programs, weights) => {
      const found = await readAll(programs.readout, weights, look, classes.length, lookSize)
      return scoreOf(task, { found, truth })
    },
    finish: (choice, weights) =>
      finishImages(new FittedImages(task, choice.network, weights), {
        validation,
        test,
        baselines,
        files,
      }),
  }
}

/** Bytes that images may take where nothing is said of memory. */
const usualMemory = 8e9
/** Side of the copies that are looked at of images that memory does not hold. */
const smallSide = 16

/**
 * The side that images are brought to, and whether memory holds them.
 * @throws SettingError when it does not even hold small copies.
 */
async function sideFor(
  images: readonly ImageFile[],
  files: Files,
  network: ImageArchitecture,
  memory = usualMemory,
): Promise<{ readonly side: number; readonly isHeld: boolean }> {
  const usual =
    (await usualSide(
      images.map(({ path }) => path),
      files,
    )) ?? sides[0]
  const side =
    network === "alexnet" ? alexnetSide : (sides.findLast((each) => each <= usual) ?? sides[0])
  // Pixels as they are read, those of each part, and as much again for the descent.
  const isWithin = (each: number): boolean => 4 * images.length * each * each * 3 <= memory
  if (!isWithin(Math.min(side, smallSide))) {
    const bytes = 2 * images.length * smallSide * smallSide * 3
    throw new SettingError(
      `${images.length} images take ${(bytes / 1e6).toFixed(2)} MB as ${smallSide} × ${smallSide} ` +
        `pixels, more than half of the ${(memory / 1e6).toFixed(2)} MB allowed: allow more, or give ` +
        "fewer images",
    )
  }
  return { side, isHeld: isWithin(side) }
}

/** How images are read: the channels by the images where they are not given. */
interface Form {
  readonly side: number
  readonly channels: 1 | 3 | undefined
  readonly isHeld: boolean
}

async function readSet(
  source: string,
  listed: readonly ImageFile[],
  files: Files,
  classes: readonly string[],
  form: Form,
  findings: Finding[],
): Promise<ImageSet> {
  const all = listed.map(({ path }) => path)
  const { isHeld, side } = form
  const decoded = await decodeImages(all, isHeld ? side : smallSide, { ...form, files })
  const { pixels, read, broken } = decoded
  findings.push(...brokenFinding(source, broken, listed.length))
  const paths = Array.from(read, (image) => all[image])
  const numbers = new Map(classes.map((name, number) => [name, number]))
  return {
    images: isHeld ? heldPixels(pixels) : filedPixels(paths, side, pixels.channels, files),
    pixels,
    labels: Int32Array.from(read, (image) => numbers.get(listed[image].label) ?? 0),
    paths,
  }
}

/** Images to learn from, and what there is to tell apart. */
interface Read {
  readonly set: ImageSet
  readonly classes: readonly string[]
  /** Whether they were files in folders; else they were one file. */
  readonly isFolder: boolean
}

async function readImages(
  source: string,
  files: Files,
  network: ImageArchitecture,
  options: SolverOptions,
  findings: Finding[],
): Promise<Read> {
  const { labels, memory } = options
  const isFile = labels !== undefined || (await isIdxImages(source, files))
  requireRead(options, isFile ? "images in IDX" : formOf(source))
  if (isFile && network !== "alexnet") {
    const set = await readIdxSet(source, files, labels)
    const count = set.labels.reduce((most, label) => Math.max(most, label), -1) + 1
    const present = new Set(set.labels)
    if (present.size < 2) throw oneClass(source, String(count - 1))
    const classes = Array.from({ length: count }, (_, label) => String(label))
    return { set, classes, isFolder: false }
  }
  if (isFile) {
    throw new SettingError(
      `network is alexnet, which takes a folder of images and not the IDX file ${source}`,
    )
  }
  const images = await labelledFiles(source, files, options)
  const classes = [...new Set(images.map(({ label }) => label))]
  if (classes.length < 2) throw oneClass(source, classes[0])
  const channels: Form["channels"] = network === "alexnet" ? 3 : undefined
  const form = { ...(await sideFor(images, files, network, memory)), channels }
  const set = await readSet(source, images, files, classes, form, findings)
  return { set, classes, isFolder: true }
}

function formOf(source: string): DataForm {
  return isImageTableName(source) ? "a table of images" : "a folder of images"
}

function oneClass(source: string, name: string): DataError {
  return new DataError(
    `${source} has images of the one class "${name}": there is nothing to tell apart`,
  )
}

async function readTest(
  source: string,
  files: Files,
  options: SolverOptions,
  { set, classes, isFolder }: Read,
  findings: Finding[],
): Promise<ImageSet> {
  const { side, channels, isHeld } = set.images
  if (!isFolder) {
    const test = await readIdxSet(source, files, options.testLabels)
    const given = [test.pixels.side, test.pixels.channels]
    if (given[0] !== side || given[1] !== channels) {
      throw new DataError(
        `${source} has images of side ${given[0]} and ${given[1]} channels, where those to learn ` +
          `from have side ${side} and ${channels}`,
      )
    }
    const strange = test.labels.find((label) => label >= classes.length)
    if (strange !== undefined) throw unknownClass(source, String(strange))
    return test
  }
  const images = await labelledFiles(source, files, isImageTableName(source) ? options : {})
  const strange = images.find(({ label }) => !classes.includes(label))
  if (strange !== undefined) throw unknownClass(source, strange.label)
  return readSet(source, images, files, classes, { side, channels, isHeld }, findings)
}

function unknownClass(source: string, name: string): DataError {
  return new DataError(`${source} has the class "${name}", which the images to learn from have not`)
}

function fingerprintOf({ pixels, labels }: ImageSet, seed: number): string {
  const hash = (values: Uint8Array | Int32Array): string => {
    let sum = 0
    for (const value of values) sum = (Math.imul(sum, 31) + value) >>> 0
    return sum.toString(16)
  }
  return [pixels.count, pixels.side, hash(pixels.values), hash(labels), seed].join("-")
}
