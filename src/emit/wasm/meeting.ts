/**
 * How the threads of a run meet at its barriers.
 *
 * One 32-bit word of shared memory tells who is at the run:
 *
 *     bits 16–31  barriers that were passed in it
 *     bits 8–15   threads at it
 *     bits 0–7    how many of these wait at the next barrier
 *
 * A thread may come late, or leave early where it fails: only those that are there are waited for.
 * The host counts who comes and leaves (`src/device/cpu/control.ts`); barriers are passed here.
 */

import type { FunctionBuilder, ModuleBuilder } from "./assembler.ts"
import { presenceWord, spinsWord } from "./layout.ts"

/**
 * The function (threads, args, met, from, bytes) with which a thread that has met the others so
 * often waits for them again. The last one sets the counters in those bytes of the args block back
 * to 0; the others look for that a number of times, then sleep. One that came late goes on at once
 * where the others have passed.
 */
export function addMeeting(module: ModuleBuilder): FunctionBuilder {
  const type = { params: ["i32", "i32", "i32", "i32", "i32"], results: [] } as const
  const f = module.function(type, "meet")
  const [threads, args, met, from, bytes] = f.locals
  const [address, seen, next, isLast, spins] = ["address", "seen", "next", "isLast", "spins"].map(
    (name) => f.local("i32", name),
  )
  const returnIf = (condition: () => void): void => {
    condition()
    f.if()
    f.return()
    f.end()
  }
  /** Looks at the word: whether the barrier was passed. */
  const isOver = (): void => {
    f.localGet(address)
    f.i32.atomic_load(0)
    f.localTee(seen)
    f.i32.const(16)
    f.i32.shr_u()
    f.localGet(met)
    f.i32.const(0xffff)
    f.i32.and()
    f.i32.ne()
  }
  returnIf(() => {
    f.localGet(threads)
    f.i32.const(1)
    f.i32.eq()
  })
  f.localGet(args)
  f.i32.load(4 * presenceWord)
  f.localSet(address)
  f.loop((again) => {
    returnIf(isOver)
    f.set(isLast, () => {
      f.localGet(seen)
      f.i32.const(1)
      f.i32.add()
      f.localGet(seen)
      f.i32.const(8)
      f.i32.shr_u()
      f.i32.xor()
      f.i32.const(0xff)
      f.i32.and()
      f.i32.eqz()
    })
    f.if_(
      () => f.localGet(isLast),
      () => {
        f.localGet(args)
        f.localGet(from)
        f.i32.add()
        f.i32.const(0)
        f.localGet(bytes)
        f.memory.fill()
        f.set(next, () => {
          f.localGet(met)
          f.i32.const(1)
          f.i32.add()
          f.i32.const(16)
          f.i32.shl()
          f.localGet(seen)
          f.i32.const(0xff00)
          f.i32.and()
          f.i32.or()
        })
      },
      () => {
        f.set(next, () => {
          f.localGet(seen)
          f.i32.const(1)
          f.i32.add()
        })
      },
    )
    f.localGet(address)
    f.localGet(seen)
    f.localGet(next)
    f.i32.atomic_rmw_cmpxchg(0)
    f.localGet(seen)
    f.i32.ne()
    f.brIf(again)
  })
  f.localGet(isLast)
  f.if()
  f.localGet(address)
  f.i32.const(-1)
  f.memory.atomic_notify(0)
  f.drop()
  f.return()
  f.end()
  f.localGet(args)
  f.i32.load(4 * spinsWord)
  f.localSet(spins)
  f.while_(
    () => f.localGet(spins),
    () => {
      returnIf(isOver)
      f.increment(spins, -1)
    },
  )
  f.loop((again) => {
    returnIf(isOver)
    f.localGet(address)
    f.localGet(seen)
    f.i64.const(-1)
    f.memory.atomic_wait32(0)
    f.drop()
    f.br(again)
  })
  return f
}
