/** What native code can do at most: multiply-adds in this processor's own vectors, and a copy. */

import { availableParallelism } from "node:os"
import koffi from "koffi"
import { type Compiler, findCompiler } from "../../src/device/native/compiler.ts"
import { LibraryCache } from "../../src/device/native/library-cache.ts"
import type { LimitRun } from "./threads.ts"

/** Which loop is run: products of float32, of pairs of bfloat16, or a copy. */
export type NativeLimit = "arithmetic" | "bfloat16" | "bandwidth"

const bytes = 4 * 2 ** 24
/** Turns of the arithmetic loops in one run: some ten milliseconds. */
const turns = 1_000_000

/** Sums kept in registers: enough that no multiply-add waits for the one before it. */
function sumsOf({ registers }: Compiler): number {
  return registers === 32 ? 24 : 12
}

/**
 * C with `int32_t limit_run(kind, threads, turns, bytes)`, which runs a loop on so many threads and
 * returns after the last of them: 0 multiplies and adds, 1 does so with pairs of bfloat16 where the
 * processor has an instruction for it, 2 copies.
 */
function source(compiler: Compiler): string {
  const { lanes } = compiler
  const sums = Array.from({ length: sumsOf(compiler) }, (_, i) => `s${i}`)
  const loop = (step: (sum: string) => string): string => `
  vector ${sums.map((sum, i) => `${sum} = {${i}}`).join(", ")};
  for (int64_t turn = 0; turn < work->turns; turn++) {
    ${sums.map((sum) => `${sum} = ${step(sum)};`).join(" ")}
  }
  work->result = ${sums.map((sum) => `${sum}[0]`).join(" + ")};`
  return `#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#if defined(__AVX512BF16__) && ${lanes} == 16
#include <immintrin.h>
#define PAIRS 1
#endif
typedef float vector __attribute__((vector_size(${4 * lanes})));
struct work { int64_t turns, bytes; char *from, *to; float factor, result; };
static void *multiply(void *given) {
  struct work *work = given;
  vector factor = {0}; factor += work->factor;
  ${loop((sum) => `factor * factor + ${sum}`)}
  return 0;
}
static void *pairs(void *given) {
#ifdef PAIRS
  struct work *work = given;
  const __m512bh factor = (__m512bh)_mm512_set1_epi32(0x3f003f00);
  ${loop((sum) => `(vector)_mm512_dpbf16_ps((__m512)${sum}, factor, factor)`)}
#endif
  return 0;
}
static void *copy(void *given) {
  struct work *work = given;
  memcpy(work->to, work->from, work->bytes);
  return 0;
}
static char *memory;
int32_t limit_has_pairs(void) {
#ifdef PAIRS
  return 1;
#else
  return 0;
#endif
}
float limit_run(int32_t kind, int32_t threads, int64_t turns, int64_t bytes) {
  void *(*loops[])(void *) = {multiply, pairs, copy};
  if (kind == 2 && memory == 0) {
    memory = aligned_alloc(4096, 2 * bytes);
    memset(memory, 1, 2 * bytes);
  }
  pthread_t handles[64]; struct work works[64]; float sum = 0;
  int64_t share = bytes / threads / 64 * 64;
  for (int i = 0; i < threads; i++) {
    int64_t end = i == threads - 1 ? bytes : (i + 1) * share;
    works[i] = (struct work){turns, end - i * share, memory + i * share, memory + bytes + i * share, 1e-3f, 0};
    pthread_create(handles + i, 0, loops[kind], works + i);
  }
  for (int i = 0; i < threads; i++) { pthread_join(handles[i], 0); sum += works[i].result; }
  return sum;
}
`
}

/**
 * A limit of native code, ready to be measured. That of bfloat16 is the faster one of its own
 * instruction and of float32's, for rounded numbers can be multiplied by either.
 * @throws DeviceError when there is no C compiler.
 */
export async function openNativeLimit(by: NativeLimit): Promise<LimitRun> {
  const compiler = await findCompiler()
  // Products and sums are fused, as a kernel's are.
  const fused = { ...compiler, flags: [...compiler.flags, "-ffp-contract=fast"] }
  const cache = await LibraryCache.open(fused)
  const library = koffi.load(await cache.library(source(compiler)))
  const run = library.func("float limit_run(int32_t, int32_t, int64_t, int64_t)")
  const hasPairs = library.func("int32_t limit_has_pairs()")
  const threads = Math.min(64, availableParallelism())
  const of = (kind: number): void => {
    run(kind, threads, turns, bytes)
  }
  if (by === "bandwidth") return { threads, amount: 2 * bytes, run: async () => of(2) }
  const perTurn = 2 * compiler.lanes * sumsOf(compiler)
  const single = { threads, amount: threads * turns * perTurn, run: async () => of(0) }
  if (by === "arithmetic" || hasPairs() === 0) return single
  const paired = { threads, amount: 2 * single.amount, run: async () => of(1) }
  const rate = ({ amount, kind }: { amount: number; kind: number }): number => {
    of(kind)
    const start = performance.now()
    of(kind)
    return amount / (performance.now() - start)
  }
  const faster = rate({ ...single, kind: 0 }) > rate({ ...paired, kind: 1 }) ? single : paired
  return faster
}
