/** How networks see images: varied by chance in training, in one way or in several when in use. */

import { type Array, nn, np, random } from "../../array/index.ts"
import type { ImageSettings } from "./image-settings.ts"

/** Pixels a side that AlexNet sees of the images of 256 that it is given. */
export const alexnetCrop = 224
/** Deviation of the numbers that colours are shifted along their axes by (section 4.1). */
const colourDeviation = 0.1

/**
 * Images as training sees them: mirrored by chance, and shifted by chance with their edges drawn out;
 * for AlexNet a part of 224 × 224 drawn by chance, its colours shifted (Krizhevsky et al. 2012, 4.1).
 * Traceable.
 */
export function varied(images: Array, settings: ImageSettings, key: Array): Array {
  const { architecture, side, mirror, shift, colours } = settings
  const count = Number(images.shape[0])
  let x = images
  if (mirror) {
    const chosen = random.bernoulli(random.foldIn(key, 0), 0.5, [count, 1, 1, 1])
    x = np.where(chosen, np.flip(x, 2), x)
  }
  if (architecture === "alexnet") {
    const from = (i: number): Array =>
      random.randint(random.foldIn(key, i), [count, 1], 0, side - alexnetCrop + 1)
    const part = moved(x, from(1), from(2), alexnetCrop)
    if (colours === undefined) return part
    const along = random.normal(random.foldIn(key, 3), [count, 3]).mul(colourDeviation)
    const added = np.matmul(along, np.array(colours.map((axis) => [...axis])))
    return part.add(np.reshape(added, [count, 1, 1, 3]))
  }
  if (shift === 0) return x
  const by = (i: number): Array =>
    random.randint(random.foldIn(key, i), [count, 1], -shift, shift + 1)
  return moved(x, by(1), by(2), side)
}

/**
 * A square of each image, `side` pixels from row `down` and column `across`, both int32[batch, 1];
 * edges are drawn out. A shift is a product with a matrix of 0 and 1, for rows and for columns.
 */
function moved(x: Array, down: Array, across: Array, side: number): Array {
  const last = Number(x.shape[1])
  const places = (first: Array): Array =>
    nn.oneHot(np.clip(np.arange(side).astype("int32").add(first), 0, last - 1), last)
  const rows = np.einsum("bij,bjwc->biwc", places(down), x)
  return np.einsum("bij,bhjc->bhic", places(across), rows)
}

/**
 * What is looked at of each image: [batch, side, side, channels], one or several. A thorough look
 * takes it as it is and moved by a pixel along both diagonals, each also mirrored where classes do not
 * mind: averaging what a network says of them makes it right more often (Jordan 2024). Of AlexNet's
 * images it is the middle, or thoroughly the corners too, mirrored as well: ten in all. Traceable.
 */
export function viewsOf(
  x: Array,
  { architecture, mirror, side }: ImageSettings,
  thorough: boolean,
): Array[] {
  if (architecture === "alexnet") {
    const most = side - alexnetCrop
    const crop = (top: number, left: number): Array =>
      x.slice([null, null], [top, top + alexnetCrop], [left, left + alexnetCrop])
    const middle = crop(most / 2, most / 2)
    if (!thorough) return [middle]
    const corners = [crop(0, 0), crop(0, most), crop(most, 0), crop(most, most)]
    return mirrored([middle, ...corners], true)
  }
  if (!thorough) return [x]
  const shifted = (by: number): Array => {
    const clipped = (i: number): number => Math.min(side - 1, Math.max(0, i + by))
    const from = np.array(Int32Array.from({ length: side }, (_, i) => clipped(i)))
    return np.take(np.take(x, from, 1), from, 2)
  }
  return mirrored(architecture === "cnn" ? [x, shifted(1), shifted(-1)] : [x], mirror)
}

function mirrored(views: readonly Array[], both: boolean): Array[] {
  return both ? views.flatMap((view) => [view, np.flip(view, 2)]) : [...views]
}
