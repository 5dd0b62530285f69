/** The solver for images: a row of the table of solvers. */

import { imageClassifier } from "../networks/image-classifiers.ts"
import { isImageSettings } from "../networks/image-settings.ts"
import type { Fitted, FittedParts, Solver } from "../solver.ts"
import { FittedImages } from "./fitted-images.ts"
import { isIdxImages } from "./idx-images.ts"
import { holdsImages } from "./image-files.ts"
import { imageProblem } from "./image-problem.ts"

export const imageSolver: Solver = {
  kind: "images",
  takes:
    "a folder with a folder of images (.jpg, .png, .webp) for each class, a table of their paths " +
    "and classes, or IDX files",
  recognises: async (source, look) =>
    (await holdsImages(source, look)) || (await isIdxImages(source, look.files)),
  prepare: imageProblem,
  restore({ task, network, weights }: FittedParts): Fitted {
    if (!isImageSettings(network)) {
      throw new SyntaxError(`its network of the architecture ${network.architecture} is malformed`)
    }
    const { classes } = task
    if (classes?.length !== network.classes) {
      throw new SyntaxError(`its task must name the network's ${network.classes} classes`)
    }
    return new FittedImages({ ...task, classes }, imageClassifier(network), weights)
  },
}
