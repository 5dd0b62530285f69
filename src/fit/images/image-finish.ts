/** What comes out of a fit for images: figures, the comparison, the worst errors as pictures. */

import type { Files } from "../../data/index.ts"
import { paragraph } from "../report/html.ts"
import type { Section } from "../report/section.ts"
import { escaped } from "../report/svg.ts"
import type { Finish } from "../solver.ts"
import { type BaselineStanding, verdictOf } from "../tables/table-baselines.ts"
import { figuresOf, type Judged } from "../tables/table-evaluation.ts"
import { calibration, confusion } from "../tables/table-sections.ts"
import { bestOf } from "../training/class-weights.ts"
import type { FittedImages, ImageTask } from "./fitted-images.ts"
import { pictureOf, thumbnail } from "./image-files.ts"
import type { ImageSet } from "./image-set.ts"

export interface ImageParts {
  readonly validation: ImageSet
  /** Without images where all were needed. */
  readonly test: ImageSet
  readonly baselines: readonly BaselineStanding[]
  /** Where the images' own files are. */
  readonly files: Files
}

/** Pictures that are shown of the worst errors. */
const shownErrors = 24

export async function finishImages(
  fitted: FittedImages,
  { validation, test, baselines, files }: ImageParts,
): Promise<Finish> {
  const { task } = fitted
  const judge = async ({ images, labels }: ImageSet): Promise<Judged> => ({
    found: await fitted.readImages(images),
    truth: Float64Array.from(labels),
  })
  const held = await judge(validation)
  const isTested = test.pixels.count > 0
  const set = isTested ? test : validation
  const judged = isTested ? await judge(test) : held
  const figures = figuresOf(task, judged)
  const score = figures[task.metric.name]
  return {
    fitted,
    validation: figuresOf(task, held),
    test: isTested ? figures : undefined,
    standings: [{ name: "the network", score }, ...baselines],
    verdict: verdictOf(task, score, baselines, set.pixels.count, "images"),
    sections: [
      confusion(task, judged, "images"),
      calibration(task, judged),
      await worstErrors(task, judged, set, files),
    ],
  }
}

async function worstErrors(
  task: ImageTask,
  { found, truth }: Judged,
  { pixels, paths }: ImageSet,
  files: Files,
): Promise<Section> {
  const { classes } = task
  const n = classes.length
  const told = Array.from(truth, (_, image) => bestOf(found, image, task))
  const wrong = Array.from(truth.keys()).filter((image) => told[image] !== truth[image])
  const sureness = (image: number): number => found[image * n + truth[image]]
  const worst = wrong.sort((a, b) => sureness(a) - sureness(b)).slice(0, shownErrors)
  const pictures = await Promise.all(
    worst.map(async (image) => {
      const best = told[image]
      const share = (100 * found[image * n + best]).toFixed(0)
      const caption = `${classes[truth[image]]}, taken for ${classes[best]} (${share} %)`
      const url = (await thumbnail(paths[image], files)) ?? (await pictureOf(pixels, image))
      const picture =
        url === undefined
          ? ""
          : `<img src="${url}" alt="${escaped(caption)}" title="${escaped(paths[image])}">`
      return `<figure>${picture}<figcaption>${escaped(caption)}</figcaption></figure>`
    }),
  )
  return {
    title: "Worst errors",
    html:
      worst.length === 0
        ? paragraph("No judged image is taken for another class.")
        : `${paragraph(
            "The judged images that it is most wrong about: look here for wrong labels.",
          )}<div class="pictures">${pictures.join("")}</div>`,
  }
}
