/** Code that packs a block of an operand into panels, by the way that suits its memory. */

import {
  type Condition,
  panelGap,
  panelsOfGroup,
  stepsOfChunk,
  strideOf,
} from "../../schedule/index.ts"
import type { Local, Operand } from "./assembler.ts"
import type { KernelContext } from "./context.ts"
import { addBlock, addInterleave, runsAtOnce } from "./contraction-panels.ts"
import { copyMapped, type GuardedLoad, type Side } from "./contraction-side.ts"
import { decode, eachRun, type Flat, pushLeast, type Stretch } from "./contraction-walk.ts"
import type { Work } from "./loops.ts"

/** A block of one operand: items [first, end) of its mapped axes, steps [from, from + steps). */
export interface Block {
  readonly first: Local
  readonly end: Local
  readonly from: Local
  readonly steps: Local
  /** Where its panels go: steps·width floats each, {@link panelGap} bytes between them. */
  readonly to: Local
}

export class PackCode {
  readonly #context: KernelContext
  readonly #side: Side
  /** Addresses of zeros, and of memory for values on their way. */
  readonly #zeros: Local
  readonly #buffer: Local
  readonly #depthBlock: number

  constructor(context: KernelContext, side: Side, zeros: Local, buffer: Local, depthBlock: number) {
    this.#context = context
    this.#side = side
    this.#zeros = zeros
    this.#buffer = buffer
    this.#depthBlock = depthBlock
  }

  /** Packs a block; what fills a last panel up is zero. */
  emit(block: Block): void {
    const { way } = this.#side
    this.#context.scopes.within(() => {
      if (way.kind === "interleave") this.#interleave(block, way)
      else if (way.kind === "compute" && way.along === "depth") this.#computeAlongDepth(block)
      else {
        this.#eachGroup(block, (group, panelBytes) => {
          if (way.kind === "slice") this.#slice(group, panelBytes, way)
          else this.#computeAlongMapped(group, panelBytes)
          this.#fillUp(group, panelBytes)
        })
      }
    })
  }

  /** One panel after another, its rows' runs of memory side by side. */
  #interleave(block: Block, plain: GuardedLoad): void {
    const { f, scopes, loops, values } = this.#context
    const { width, depth } = this.#side
    const rows = Array.from({ length: width }, () => copyMapped(this.#side.mapped, plain))
    const works = rows.map((row) => workOf(row))
    const flat = f.local("i32", "flat")
    const to = f.local("i32", "to")
    f.set(to, block.to)
    f.forRange(flat, block.first, block.end, width, () => {
      scopes.within(() => {
        const inside = rows.map(({ mapped }, i) => {
          const row = f.local("i32")
          f.set(row, () => this.#plus(flat, i))
          const test = f.local("i32")
          f.set(test, () => this.#isLess(row, block.end))
          decode(this.#context, row, mapped)
          scopes.bind(mapped.run, 0)
          return test
        })
        for (const work of works) loops.hoist(work)
        eachRun(this.#context, depth, block.from, block.steps, ({ at, length }) => {
          scopes.bind(depth.run, 0)
          this.#callInterleave(
            () => {
              f.localGet(to)
              f.localGet(at)
              f.i32.const(4 * width)
              f.i32.mul()
              f.i32.add()
            },
            length,
            (i) => {
              const { load, conditions } = rows[i]
              this.#add(values.indices.pushAddress(load.buffer, load.index))
              f.localGet(this.#zeros)
              f.localGet(inside[i])
              if (conditions.length > 0) {
                values.pushTests(conditions)
                f.i32.and()
              }
              f.select()
            },
          )
        })
        f.increment(to, () => this.#bytesOfPanel(block))
      })
    })
  }

  /** One panel after another: each row's values, then side by side. */
  #computeAlongDepth(block: Block): void {
    const { f, scopes } = this.#context
    const { width, depth, mapped } = this.#side
    const rowBytes = 4 * this.#depthBlock
    const flat = f.local("i32", "flat")
    const to = f.local("i32", "to")
    const row = f.local("i32", "row")
    const last = f.local("i32", "last")
    const out = f.local("i32", "out")
    f.set(to, block.to)
    f.forRange(flat, block.first, block.end, width, () => {
      f.set(last, () => this.#plus(flat, width))
      f.set(out, this.#buffer)
      f.forRange(row, flat, last, 1, () => {
        f.if_(
          () => this.#isLess(row, block.end),
          () =>
            scopes.within(() => {
              decode(this.#context, row, mapped)
              scopes.bind(mapped.run, 0)
              eachRun(this.#context, depth, block.from, block.steps, (stretch) =>
                this.#compute(depth, stretch, out),
              )
            }),
          () => {
            f.localGet(out)
            f.i32.const(0)
            f.localGet(block.steps)
            f.i32.const(4)
            f.i32.mul()
            f.memory.fill()
          },
        )
        f.increment(out, rowBytes)
      })
      this.#callInterleave(
        () => f.localGet(to),
        block.steps,
        (i) => this.#plus(this.#buffer, i * rowBytes),
      )
      f.increment(to, () => this.#bytesOfPanel(block))
    })
  }

  /** Makes a panel, or a stretch of one, of as many runs as it is wide. */
  #callInterleave(pushTo: () => void, count: Local, pushRun: (i: number) => void): void {
    const { f, module } = this.#context
    const { width } = this.#side
    for (let first = 0; first < width; first += runsAtOnce) {
      const runs = Math.min(runsAtOnce, width - first)
      pushTo()
      this.#add(4 * first)
      f.localGet(count)
      for (let i = 0; i < runs; i++) pushRun(first + i)
      f.call(addInterleave(module, width, runs))
    }
  }

  /** Computes values along a stretch of a run into the memory from `out` + 4·stretch.at on. */
  #compute(flat: Flat, { at, length }: Stretch, out: Local): void {
    const { f, scopes, loops, values } = this.#context
    const { value } = this.#side
    const start = f.local("i32")
    f.set(start, () => {
      f.localGet(out)
      f.localGet(at)
      f.i32.const(2)
      f.i32.shl()
      f.i32.add()
    })
    const end = { local: length, multipleOf: 1 }
    loops.lanes(flat.run, end, 2, { scalars: [value], stores: [] }, () => {
      for (let u = 0; u < (scopes.lanes?.vectors ?? 1); u++) {
        f.localGet(start)
        values.indices.pushAxis(flat.run)
        f.i32.const(2)
        f.i32.shl()
        f.i32.add()
        values.push(value, u)
        if (scopes.lanes === undefined) f.v128.store32_lane(0)
        else f.v128.store(16 * u)
      }
    })
  }

  /** Groups of panels, so that few streams are written at a time. */
  #eachGroup(block: Block, body: (group: Block, panelBytes: Local) => void): void {
    const { f } = this.#context
    const each = panelsOfGroup * this.#side.width
    const first = f.local("i32", "first")
    const end = f.local("i32", "end")
    const to = f.local("i32", "to")
    const panelBytes = f.local("i32", "panelBytes")
    f.set(panelBytes, () => this.#bytesOfPanel(block))
    f.set(to, block.to)
    f.forRange(first, block.first, block.end, each, () => {
      f.set(end, () => {
        this.#plus(first, each)
        f.localGet(block.end)
        this.#plus(first, each)
        f.localGet(block.end)
        f.i32.lt_s()
        f.select()
      })
      body({ ...block, first, end, to }, panelBytes)
      f.increment(to, () => {
        f.localGet(panelBytes)
        f.i32.const(panelsOfGroup)
        f.i32.mul()
      })
    })
  }

  /** Blocks of memory, contiguous along the mapped axis and evenly spaced along the depth. */
  #slice(group: Block, panelBytes: Local, { load, conditions }: GuardedLoad): void {
    const { f, scopes, values } = this.#context
    const { width, depth, mapped } = this.#side
    const strides = conditions.map(({ index }) => strideOf(index, depth.run) ?? 0)
    const uniform = conditions.filter((_, i) => strides[i] === 0)
    const stride = 4 * (strideOf(load.index, depth.run) ?? 0)
    const [low, high, from, to] = ["low", "high", "from", "to"].map((name) => f.local("i32", name))
    eachRun(this.#context, depth, group.from, group.steps, (steps) => {
      scopes.bind(depth.run, 0)
      f.set(to, () => {
        f.localGet(group.to)
        f.localGet(steps.at)
        f.i32.const(4 * width)
        f.i32.mul()
        f.i32.add()
      })
      eachRun(this.#context, mapped, group.first, this.#countOf(group), (items) => {
        scopes.bind(mapped.run, 0)
        const copy = (begin: Local | 0, end: Local, source: Operand, every: number): void => {
          // A step of the panels is 4·width bytes on.
          f.localGet(to)
          if (begin !== 0) {
            f.localGet(begin)
            f.i32.const(4 * width)
            f.i32.mul()
            f.i32.add()
          }
          f.localGet(panelBytes)
          f.localGet(items.at)
          f.localGet(items.length)
          f.localGet(end)
          if (begin !== 0) {
            f.localGet(begin)
            f.i32.sub()
          }
          f.push(source, "i32")
          f.i32.const(every)
          f.call(addBlock(this.#context.module, width))
        }
        const address = (): void => {
          this.#add(values.indices.pushAddress(load.buffer, load.index))
        }
        if (conditions.length === 0) {
          copy(0, steps.length, address, stride)
          return
        }
        f.set(high, steps.length)
        if (uniform.length > 0) {
          values.pushTests(uniform)
          f.i32.eqz()
          f.if()
          f.set(high, 0)
          f.end()
        }
        f.set(low, 0)
        for (const [i, condition] of conditions.entries()) {
          if (strides[i] > 0) this.#narrow(condition, strides[i], low, high)
        }
        // low ≤ high, also where nothing is inside.
        f.set(low, () => pushLeast(this.#context, low, high))
        f.set(from, () => {
          address()
          f.localGet(low)
          f.i32.const(stride)
          f.i32.mul()
          f.i32.add()
        })
        copy(0, low, this.#zeros, 0)
        copy(low, high, from, stride)
        copy(high, steps.length, this.#zeros, 0)
      })
    })
  }

  /** Narrows [low, high) to where a condition holds that rises by `stride` with every step. */
  #narrow(condition: Condition, stride: number, low: Local, high: Local): void {
    const { f } = this.#context
    const { index } = condition
    const distance = f.local("i32")
    // The first step at which index ≥ bound.
    const stepOf = (bound: number): void => {
      f.set(distance, () => {
        f.i32.const(bound + stride - 1)
        this.#context.values.indices.push(index)
        f.i32.sub()
      })
      f.localGet(distance)
      f.i32.const(0)
      f.localGet(distance)
      f.i32.const(0)
      f.i32.gt_s()
      f.select()
      if (stride > 1) {
        f.i32.const(stride)
        f.i32.div_u()
      }
      f.localSet(distance)
    }
    stepOf(condition.low)
    f.localGet(low)
    f.localGet(distance)
    f.localGet(low)
    f.localGet(distance)
    f.i32.gt_s()
    f.select()
    f.localSet(low)
    stepOf(condition.high)
    f.set(high, () => pushLeast(this.#context, high, distance))
  }

  /** Some steps at a time: their values row by row, then in panels. */
  #computeAlongMapped(group: Block, panelBytes: Local): void {
    const { f, scopes } = this.#context
    const { width, depth, mapped } = this.#side
    const rowBytes = 4 * panelsOfGroup * width
    const chunk = f.local("i32", "chunk")
    const count = f.local("i32", "count")
    const step = f.local("i32", "step")
    const place = f.local("i32", "place")
    const out = f.local("i32", "out")
    const items = this.#countOf(group)
    f.forRange(chunk, 0, group.steps, stepsOfChunk, () => {
      const left = f.local("i32")
      f.set(left, () => {
        f.localGet(group.steps)
        f.localGet(chunk)
        f.i32.sub()
      })
      const most = f.local("i32")
      f.set(most, stepsOfChunk)
      f.set(count, () => pushLeast(this.#context, left, most))
      f.set(out, this.#buffer)
      f.forRange(step, 0, count, 1, () => {
        f.set(place, () => {
          f.localGet(group.from)
          f.localGet(chunk)
          f.i32.add()
          f.localGet(step)
          f.i32.add()
        })
        scopes.within(() => {
          decode(this.#context, place, depth)
          scopes.bind(depth.run, 0)
          eachRun(this.#context, mapped, group.first, items, (stretch) =>
            this.#compute(mapped, stretch, out),
          )
        })
        f.increment(out, rowBytes)
      })
      f.localGet(group.to)
      f.localGet(chunk)
      f.i32.const(4 * width)
      f.i32.mul()
      f.i32.add()
      f.localGet(panelBytes)
      f.i32.const(0)
      f.localGet(items)
      f.localGet(count)
      f.localGet(this.#buffer)
      f.i32.const(rowBytes)
      f.call(addBlock(this.#context.module, width))
    })
  }

  /** Zeros behind the last item of the last panel. */
  #fillUp(group: Block, panelBytes: Local): void {
    const { f } = this.#context
    const { width } = this.#side
    const items = this.#countOf(group)
    const rest = f.local("i32")
    f.set(rest, () => {
      f.localGet(items)
      f.i32.const(width)
      f.i32.rem_u()
    })
    f.if_(rest, () => {
      f.localGet(group.to)
      f.localGet(panelBytes)
      f.localGet(items)
      f.i32.const(width)
      f.localGet(rest)
      f.i32.sub()
      f.localGet(group.steps)
      f.localGet(this.#zeros)
      f.i32.const(0)
      f.call(addBlock(this.#context.module, width))
    })
  }

  #countOf({ first, end }: Block): Local {
    const { f } = this.#context
    const count = f.local("i32", "count")
    f.set(count, () => {
      f.localGet(end)
      f.localGet(first)
      f.i32.sub()
    })
    return count
  }

  #bytesOfPanel({ steps }: Block): void {
    const { f } = this.#context
    f.localGet(steps)
    f.i32.const(4 * this.#side.width)
    f.i32.mul()
    this.#add(panelGap)
  }

  #plus(local: Local, constant: number): void {
    this.#context.f.localGet(local)
    this.#add(constant)
  }

  #add(constant: number): void {
    if (constant === 0) return
    this.#context.f.i32.const(constant)
    this.#context.f.i32.add()
  }

  #isLess(a: Local, b: Local): void {
    this.#context.f.localGet(a)
    this.#context.f.localGet(b)
    this.#context.f.i32.lt_s()
  }
}

/** What a load and its conditions evaluate. */
function workOf({ load, conditions }: GuardedLoad): Work {
  const value = load
  if (conditions.length === 0) return { scalars: [value], stores: [] }
  const otherwise = { kind: "constant", dtype: load.dtype, value: 0 } as const
  return {
    scalars: [{ kind: "guard", dtype: load.dtype, conditions, value, otherwise }],
    stores: [],
  }
}
