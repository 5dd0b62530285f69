/** How a thread goes through a program, told to whoever writes it down in a language. */

import {
  type Axis,
  type Buffer,
  isControlStep,
  isSpread,
  type Kernel,
  type Program,
  piecesOf,
  type Step,
} from "../schedule/index.ts"
import { type Group, type Groups, planStages, type Stage } from "./stages.ts"

/** Writes what a thread does, in the order of the calls; a `Piece` names the number of a kernel's piece. */
export interface Walker<Piece> {
  /** All threads wait for each other, and the counters of some groups are set back. */
  meet(groups: Groups): void
  /** Does `body` for each piece of a group that the thread takes from its counter. */
  take(group: Group, body: (piece: Piece) => void): void
  /** Does `body`, the round of a repetition that a piece stands for. */
  round(counter: Axis, piece: Piece, body: () => void): void
  repeat(counter: Axis, body: () => void): void
  /** Does `condition`, then `body`, again and again until the predicate is false. */
  whileTrue(predicate: Buffer, condition: () => void, body: () => void): void
  /** Goes through the branch that an int32 names: the first below it, the last above. */
  choose(index: Buffer, branches: readonly (() => void)[]): void
  /** Does `body` for all pieces of a kernel, one after another. */
  eachPiece(kernel: Kernel, body: (piece: Piece) => void): void
  /** Calls the function of a kernel that has pieces. */
  call(kernel: Kernel, piece: Piece): void
}

const noGroups: Groups = { from: 0, to: 0 }

/** Tells a walker the way through all stages of a program. */
export function walkProgram<Piece>(program: Program, walker: Walker<Piece>): void {
  walkStages(planStages(program).stages, walker)
}

function walkStages<Piece>(stages: readonly Stage[], walker: Walker<Piece>): void {
  for (const stage of stages) {
    if (stage.barrier) walker.meet(noGroups)
    walkStage(stage, walker)
  }
}

function walkStage<Piece>(stage: Stage, walker: Walker<Piece>): void {
  /** Stages that threads go through again, and meet after. */
  const round = (stages: readonly Stage[], groups: Groups) => (): void => {
    walkStages(stages, walker)
    walker.meet(groups)
  }
  switch (stage.kind) {
    case "group":
      walker.take(stage, (piece) => walkGroup(stage, piece, walker))
      break
    case "repetition":
      walker.repeat(stage.step.counter, round(stage.stages, stage.groups))
      break
    case "condition":
      walker.whileTrue(
        stage.step.predicate,
        round(stage.condition, stage.conditionGroups),
        round(stage.stages, stage.groups),
      )
      break
    case "choice":
      walker.choose(
        stage.step.index,
        stage.branches.map((branch) => () => walkStages(branch, walker)),
      )
      break
  }
}

/** A piece of a group: its piece of a kernel, what has one piece only, or a round of all kernels. */
function walkGroup<Piece>({ steps }: Group, piece: Piece, walker: Walker<Piece>): void {
  const call = (kernel: Kernel, piece: Piece): void => {
    if (piecesOf(kernel) > 0) walker.call(kernel, piece)
  }
  const [first] = steps
  if (first?.kind === "repeat" && isSpread(first)) {
    walker.round(first.counter, piece, () =>
      walkSteps(first.steps, walker, (kernel) =>
        walker.eachPiece(kernel, (own) => call(kernel, own)),
      ),
    )
  } else walkSteps(steps, walker, (kernel) => call(kernel, piece))
}

/** Steps that one thread runs in order. */
function walkSteps<Piece>(
  steps: readonly Step[],
  walker: Walker<Piece>,
  run: (kernel: Kernel) => void,
): void {
  const inner = (steps: readonly Step[]) => (): void => walkSteps(steps, walker, run)
  for (const step of steps) {
    if (!isControlStep(step)) run(step)
    else if (step.kind === "repeat") walker.repeat(step.counter, inner(step.steps))
    else if (step.kind === "while") {
      walker.whileTrue(step.predicate, inner(step.condition), inner(step.steps))
    } else walker.choose(step.index, step.branches.map(inner))
  }
}
