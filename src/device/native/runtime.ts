/**
 * The part of the native device that is the same for all programs, in C: memory, and the crew of
 * threads that runs programs one after another.
 *
 * Jobs are numbered from 0 on and stand in a ring. A thread that waits looks for news for a while
 * before it sleeps: at a barrier, for the job before its own to end, and for the next job.
 */

import { crewWord, meetWord } from "../../emit/index.ts"

/** Jobs that may be posted at once; the host keeps those beyond. */
export const ringSlots = 1024

export const runtimeSource = `#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#define SLOTS ${ringSlots}
#if defined(__x86_64__)
#define PAUSE __builtin_ia32_pause()
#elif defined(__aarch64__)
#define PAUSE __asm__ volatile("yield")
#else
#define PAUSE
#endif
#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0
#endif
#define GET(x) __atomic_load_n(&(x), __ATOMIC_SEQ_CST)
#define SET(x, y) __atomic_store_n(&(x), (y), __ATOMIC_SEQ_CST)
#define ADD(x, y) __atomic_add_fetch(&(x), (y), __ATOMIC_SEQ_CST)
typedef void (*program_main)(int32_t, int32_t, void **);
typedef struct { program_main main; void **block; int32_t threads; int32_t remaining; } job;
typedef struct {
  _Alignas(64) int64_t posted;
  _Alignas(64) int64_t completed;
  _Alignas(64) int32_t arrived;
  _Alignas(64) int32_t generation;
  _Alignas(64) int32_t sleepers;
  _Alignas(64) int32_t hosts;
  int32_t threads, spins, closing;
  pthread_mutex_t mutex;
  pthread_cond_t news, ended;
  pthread_t *members;
  job ring[SLOTS];
} crew;
typedef struct { crew *crew; int32_t thread; } member;

static void wake(crew *c) {
  if (GET(c->sleepers) == 0) return;
  pthread_mutex_lock(&c->mutex);
  pthread_cond_broadcast(&c->news);
  pthread_mutex_unlock(&c->mutex);
}
/* Hosts sleep by themselves: barriers and new jobs, which come often, do not wake them. */
static void end(crew *c) {
  wake(c);
  if (GET(c->hosts) == 0) return;
  pthread_mutex_lock(&c->mutex);
  pthread_cond_broadcast(&c->ended);
  pthread_mutex_unlock(&c->mutex);
}
#define AWAIT(c, condition) do { \\
  int over = 0; \\
  for (int32_t look = (c)->spins; look > 0 && !(over = (condition)); look--) PAUSE; \\
  if (!over && !(condition)) { \\
    pthread_mutex_lock(&(c)->mutex); \\
    ADD((c)->sleepers, 1); \\
    while (!(condition)) pthread_cond_wait(&(c)->news, &(c)->mutex); \\
    ADD((c)->sleepers, -1); \\
    pthread_mutex_unlock(&(c)->mutex); \\
  } \\
} while (0)

static void crew_meet(void *of, int32_t *counters, int32_t count) {
  crew *c = of;
  int32_t threads = c->ring[GET(c->completed) % SLOTS].threads;
  int32_t generation = GET(c->generation);
  if (ADD(c->arrived, 1) == threads) {
    memset(counters, 0, 4 * (size_t)count);
    SET(c->arrived, 0);
    SET(c->generation, generation + 1);
    wake(c);
    return;
  }
  AWAIT(c, GET(c->generation) != generation);
}

static void *serve(void *of) {
  member *own = of;
  crew *c = own->crew;
  int32_t thread = own->thread;
  free(own);
  for (int64_t next = 0;; next++) {
    AWAIT(c, GET(c->posted) > next || GET(c->closing));
    if (GET(c->posted) <= next) return 0;
    job *j = &c->ring[next % SLOTS];
    int32_t threads = GET(j->threads);
    int64_t completed = GET(c->completed);
    // A job without a part for this thread may be done by now and its slot filled anew.
    if (completed > next) { next = completed - 1; continue; }
    if (thread >= threads) continue;
    AWAIT(c, GET(c->completed) >= next);
    j->main(thread, threads, j->block);
    if (ADD(j->remaining, -1) == 0) {
      free(j->block);
      SET(c->completed, next + 1);
      end(c);
    }
  }
}

static void stop(crew *c, int32_t started) {
  SET(c->closing, 1);
  pthread_mutex_lock(&c->mutex);
  pthread_cond_broadcast(&c->news);
  pthread_mutex_unlock(&c->mutex);
  for (int32_t i = 0; i < started; i++) pthread_join(c->members[i], 0);
  pthread_cond_destroy(&c->news);
  pthread_cond_destroy(&c->ended);
  pthread_mutex_destroy(&c->mutex);
  free(c->members);
  free(c);
}
int64_t crew_open(int32_t threads, int32_t spins) {
  crew *c;
  /* Threads may still look for news when the process ends: their code stays where it is. */
  Dl_info own;
  if (dladdr((void *)(intptr_t)crew_open, &own) != 0) dlopen(own.dli_fname, RTLD_NOW | RTLD_NODELETE);
  if (posix_memalign((void **)&c, 64, sizeof(crew)) != 0) return 0;
  memset(c, 0, sizeof(crew));
  c->threads = threads;
  c->spins = spins;
  pthread_mutex_init(&c->mutex, 0);
  pthread_cond_init(&c->news, 0);
  pthread_cond_init(&c->ended, 0);
  c->members = calloc((size_t)threads, sizeof(pthread_t));
  for (int32_t i = 0; i < threads; i++) {
    member *m = malloc(sizeof(member));
    if (m != 0) { m->crew = c; m->thread = i; }
    if (m == 0 || pthread_create(&c->members[i], 0, serve, m) != 0) { free(m); stop(c, i); return 0; }
  }
  return (int64_t)(intptr_t)c;
}
void crew_close(int64_t of) { crew *c = (crew *)(intptr_t)of; stop(c, c->threads); }

static void **block_of(crew *c, const void *words, int64_t bytes) {
  void **block;
  if (posix_memalign((void **)&block, 64, (size_t)bytes) != 0) return 0;
  memcpy(block, words, (size_t)bytes);
  block[${meetWord}] = (void *)crew_meet;
  block[${crewWord}] = c;
  return block;
}
/* Posts a job, of which there are fewer than the ring has slots; its number, or -1 without memory. */
int64_t crew_post(int64_t of, int64_t main, int32_t threads, const void *words, int64_t bytes) {
  crew *c = (crew *)(intptr_t)of;
  int64_t number = c->posted;
  job *j = &c->ring[number % SLOTS];
  void **block = block_of(c, words, bytes);
  if (block == 0) return -1;
  j->main = (program_main)(intptr_t)main;
  j->block = block;
  SET(j->remaining, threads);
  SET(j->threads, threads);
  SET(c->posted, number + 1);
  wake(c);
  return number;
}
/* Runs a small program on this thread, where nothing is posted that is not done. */
int32_t crew_run(int64_t of, int64_t main, const void *words, int64_t bytes) {
  void **block = block_of((crew *)(intptr_t)of, words, bytes);
  if (block == 0) return -1;
  ((program_main)(intptr_t)main)(0, 1, block);
  free(block);
  return 0;
}
int64_t crew_completed(int64_t of) { return GET(((crew *)(intptr_t)of)->completed); }
/* Jobs done, as soon as there are at least so many, after some looks. */
int64_t crew_look(int64_t of, int64_t count, int32_t looks) {
  crew *c = (crew *)(intptr_t)of;
  for (; looks > 0 && GET(c->completed) < count; looks--) PAUSE;
  return GET(c->completed);
}
int64_t crew_wait(int64_t of, int64_t count) {
  crew *c = (crew *)(intptr_t)of;
  pthread_mutex_lock(&c->mutex);
  ADD(c->hosts, 1);
  while (GET(c->completed) < count) pthread_cond_wait(&c->ended, &c->mutex);
  ADD(c->hosts, -1);
  pthread_mutex_unlock(&c->mutex);
  return GET(c->completed);
}

/* The handle of a program's library, and the address of its main; 0 and why not. */
int64_t program_open(const char *path, int64_t *main, char *reason, int32_t room) {
  void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  void *entry = handle == 0 ? 0 : dlsym(handle, "tradespace_main");
  if (entry == 0) {
    const char *said = dlerror();
    strncpy(reason, said == 0 ? "it has no main" : said, (size_t)room - 1);
    if (handle != 0) dlclose(handle);
    return 0;
  }
  *main = (int64_t)(intptr_t)entry;
  return (int64_t)(intptr_t)handle;
}
void program_close(int64_t handle) { dlclose((void *)(intptr_t)handle); }

/* Addresses for so many bytes, which the system backs with memory when they are first written. */
int64_t memory_reserve(int64_t bytes) {
  void *start = mmap(0, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (start == MAP_FAILED) return 0;
#ifdef MADV_HUGEPAGE
  madvise(start, (size_t)bytes, MADV_HUGEPAGE);
#endif
  return (int64_t)(intptr_t)start;
}
void memory_release(int64_t start, int64_t bytes) { munmap((void *)(intptr_t)start, (size_t)bytes); }
void memory_write(int64_t to, const void *from, int64_t bytes) { memcpy((void *)(intptr_t)to, from, (size_t)bytes); }
void memory_read(void *to, int64_t from, int64_t bytes) { memcpy(to, (const void *)(intptr_t)from, (size_t)bytes); }
`
