/** Blocks of C: the text between braces, and what is known there. */

import type { Axis, Scalar } from "../../schedule/index.ts"

/** The lane axis, where its iterations come in vectors. */
export interface LaneAxis {
  readonly axis: Axis
  /** Vectors worked on together. */
  readonly vectors: number
  /** A mask of the lanes that count, where there are fewer than all; for a single vector. */
  readonly tail?: string
}

/**
 * What bounds a block: a loop, a branch that is taken where a guard holds, or a mask, under which
 * the lanes of the same code count only in part.
 */
export type BlockKind = "loop" | "branch" | "mask"

export class Block {
  readonly kind: BlockKind
  readonly parent: Block | undefined
  readonly lines: string[]
  readonly lanes: LaneAxis | undefined
  /** The mask of lanes that may touch memory. */
  readonly mask: string | undefined
  readonly #values = new Map<Scalar, string[]>()
  readonly #axes = new Map<Axis, string>()

  constructor(
    kind: BlockKind,
    parent: Block | undefined,
    options: { readonly lanes?: LaneAxis; readonly mask?: string } = {},
  ) {
    this.kind = kind
    this.parent = parent
    this.lines = kind === "mask" && parent !== undefined ? parent.lines : []
    this.lanes = options.lanes ?? parent?.lanes
    this.mask = options.mask ?? parent?.mask
  }

  bind(axis: Axis, name: string): void {
    this.#axes.set(axis, name)
  }

  /** The C expression of an axis that stands at a value here. */
  axis(axis: Axis): string | undefined {
    return this.#axes.get(axis) ?? this.parent?.axis(axis)
  }

  /** The variable that holds a value's vector here. */
  value(scalar: Scalar, vector: number): string | undefined {
    return this.#values.get(scalar)?.[vector] ?? this.parent?.value(scalar, vector)
  }

  setValue(scalar: Scalar, vector: number, name: string): void {
    const vectors = this.#values.get(scalar)
    if (vectors === undefined) {
      const made: string[] = []
      made[vector] = name
      this.#values.set(scalar, made)
    } else vectors[vector] = name
  }
}
