/**
 * The part of the native device that is the same for all programs, in C: memory, and the crew of
 * threads that runs programs one after another.
 *
 * Jobs are numbered from 0 on and stand in a ring. A thread that waits looks for news for a while
 * before it sleeps: at a barrier, for the job before its own to end, and for the next job. The host may
 * do member 0's part of a job itself. Nobody waits for a thread that has not come to a job yet, since pieces
 * are taken from counters: it comes in when it wakes, or finds the job done. Only where counters are set back
 * during a job, in loops, do all go through it together.
 */

import { crewWord, meetWord } from "../../emit/index.ts"

/** Jobs that may be posted at once; the host keeps those beyond. */
export const ringSlots = 1024

/** Most threads of a crew. */
export const mostThreads = 64

/** So many times as long as at a barrier members other than the first look for the next job. */
const restlessness = 4

export const runtimeSource = `#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#if defined(__linux__) && !defined(__ANDROID__)
#define PLACES
#endif
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
typedef struct { program_main main; void **block; int32_t first, threads, together; } job;
/* Where threads sleep that wait for the same news. */
typedef struct { _Alignas(64) int32_t sleepers; pthread_cond_t news; } place;
/* The jobs of some members: the number after that of the newest one with a part for them. */
typedef struct { _Alignas(64) int64_t wanted; place place; } line;
typedef struct {
  /* Who is at the oldest job that is not done, or that nobody is any more; see presence. */
  _Alignas(64) uint64_t presence;
  _Alignas(64) int64_t completed;
  _Alignas(64) int64_t posted;
  int32_t threads, spins, closing;
  /* Member 0, whose part a host may take itself, and all others. */
  line lines[2];
  /* At barriers and for the job before to end; hosts. */
  place inside, hosts;
  pthread_mutex_t mutex;
  pthread_t *members;
#ifdef PLACES
  /* Where members may run, and which of them were put on one of these processors for now. */
  cpu_set_t processors;
  int32_t placed[${mostThreads}];
#endif
  job ring[SLOTS];
} crew;
typedef struct { crew *crew; int32_t thread; } member;

static void wake(crew *c, place *p) {
  if (GET(p->sleepers) == 0) return;
  pthread_mutex_lock(&c->mutex);
  pthread_cond_broadcast(&p->news);
  pthread_mutex_unlock(&c->mutex);
}
#define AWAIT(c, p, looks, condition) do { \\
  int over = 0; \\
  for (int32_t look = (looks); look > 0 && !(over = (condition)); look--) PAUSE; \\
  if (!over && !(condition)) { \\
    pthread_mutex_lock(&(c)->mutex); \\
    ADD((p)->sleepers, 1); \\
    while (!(condition)) pthread_cond_wait(&(p)->news, &(c)->mutex); \\
    ADD((p)->sleepers, -1); \\
    pthread_mutex_unlock(&(c)->mutex); \\
  } \\
} while (0)

/*
 * The last digits of a job's number, how many barriers were passed in it, how many threads are at it,
 * how many of these wait at a barrier. Nobody is at a job that is done.
 */
typedef struct { uint32_t number, passed, present, waiting; } presence;
static uint64_t packed(presence p) {
  return (uint64_t)(p.number & 0xffffff) << 40 | (uint64_t)(p.passed & 0xffffff) << 16 | p.present << 8 | p.waiting;
}
static presence unpacked(uint64_t p) {
  return (presence){(uint32_t)(p >> 40), (p >> 16) & 0xffffff, (p >> 8) & 0xff, p & 0xff};
}
#define CHANGE(c, from, to) __atomic_compare_exchange_n(&(c)->presence, &(from), packed(to), 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)

/*
 * Counts this thread, or all of a job's threads at once if they have to go through it together, as
 * being at the job, before which all are done. Whether it is; another may have done it all.
 */
static int join(crew *c, int64_t number) {
  job *j = &c->ring[number % SLOTS];
  uint32_t together = GET(j->together), own = number & 0xffffff, before = (number - 1) & 0xffffff;
  uint64_t seen = GET(c->presence);
  for (;;) {
    presence p = unpacked(seen);
    if (p.number == own && p.present > 0) {
      if (together > 1) return 1;
      p.present++;
    } else if (p.number == before && p.present == 0) p = (presence){own, 0, together, 0};
    else return 0;
    if (CHANGE(c, seen, p)) return 1;
  }
}

/* Waits for all threads that are at the job. One that came late finds what was to be done before done. */
static void crew_meet(void *of, int32_t barrier, int32_t *counters, int32_t count) {
  crew *c = of;
  uint32_t own = barrier & 0xffffff;
  uint64_t seen = GET(c->presence);
  for (;;) {
    presence p = unpacked(seen);
    if (p.passed != own) return;
    int last = p.waiting + 1 == p.present;
    if (last) {
      memset(counters, 0, 4 * (size_t)count);
      p.passed = own + 1;
      p.waiting = 0;
    } else p.waiting++;
    if (!CHANGE(c, seen, p)) continue;
    if (last) wake(c, &c->inside);
    else AWAIT(c, &c->inside, c->spins, unpacked(GET(c->presence)).passed != own);
    return;
  }
}

/* Does a thread's part of a job, if there is one left; the last one at it ends it. */
static void take_part(crew *c, int64_t number, int32_t thread) {
  if (!join(c, number)) return;
  job *j = &c->ring[number % SLOTS];
  void **block = j->block;
  j->main(thread, j->threads, block);
  uint64_t seen = GET(c->presence);
  presence p;
  do {
    p = unpacked(seen);
    p.present--;
  } while (!CHANGE(c, seen, p));
  if (p.present > 0) return;
  free(block);
  SET(c->completed, number + 1);
  wake(c, &c->inside);
  wake(c, &c->hosts);
}

/*
 * Where there are as many threads as processors, those that are about to wake do so on one each, from this
 * thread's on. Left alone, Linux may wake a thread behind the one that wakes it, which then does
 * all of the work before the other gets its turn. Once awake, they may go anywhere again.
 */
static void place_apart(crew *c, int32_t first, int32_t threads) {
#ifdef PLACES
  cpu_set_t all, one;
  int processor = sched_getcpu();
  if (processor < 0 || sched_getaffinity(0, sizeof(all), &all) != 0 || CPU_COUNT(&all) != threads) return;
  c->processors = all;
  for (int32_t i = 0; i < threads; i++) {
    if (i >= first) {
      CPU_ZERO(&one);
      CPU_SET(processor, &one);
      SET(c->placed[i], pthread_setaffinity_np(c->members[i], sizeof(one), &one) == 0);
    }
    do processor = (processor + 1) % CPU_SETSIZE; while (!CPU_ISSET(processor, &all));
  }
#endif
}
static void let_go(crew *c, int32_t thread) {
#ifdef PLACES
  if (GET(c->placed[thread]) == 0) return;
  SET(c->placed[thread], 0);
  pthread_setaffinity_np(c->members[thread], sizeof(c->processors), &c->processors);
#endif
}

static void *serve(void *of) {
  member *own = of;
  crew *c = own->crew;
  int32_t thread = own->thread;
  free(own);
  line *l = &c->lines[thread > 0];
  /* A host's thread wants the core of member 0. */
  int32_t looks = thread > 0 ? ${restlessness} * c->spins : c->spins;
  for (int64_t next = 0;; next++) {
    AWAIT(c, &l->place, looks, GET(l->wanted) > next || GET(c->closing));
    let_go(c, thread);
    if (GET(l->wanted) <= next) return 0;
    job *j = &c->ring[next % SLOTS];
    int32_t first = GET(j->first), threads = GET(j->threads);
    int64_t completed = GET(c->completed);
    // A job without a part for this thread may be done by now and its slot filled anew.
    if (completed > next) { next = completed - 1; continue; }
    if (thread < first || thread >= threads) continue;
    AWAIT(c, &c->inside, c->spins, GET(c->completed) >= next);
    take_part(c, next, thread);
  }
}

static void stop(crew *c, int32_t started) {
  SET(c->closing, 1);
  for (int32_t i = 0; i < 2; i++) wake(c, &c->lines[i].place);
  for (int32_t i = 0; i < started; i++) pthread_join(c->members[i], 0);
  for (int32_t i = 0; i < 2; i++) pthread_cond_destroy(&c->lines[i].place.news);
  pthread_cond_destroy(&c->inside.news);
  pthread_cond_destroy(&c->hosts.news);
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
  c->presence = packed((presence){-1, 0, 0, 0});
  c->spins = spins;
  pthread_mutex_init(&c->mutex, 0);
  for (int32_t i = 0; i < 2; i++) pthread_cond_init(&c->lines[i].place.news, 0);
  pthread_cond_init(&c->inside.news, 0);
  pthread_cond_init(&c->hosts.news, 0);
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
/* Posts a job to the members from the first on, fewer than the ring has slots; its number, or -1 without memory. */
static int64_t post(crew *c, int64_t main, int32_t first, int32_t threads, int32_t isTogether, const void *words, int64_t bytes) {
  int64_t number = c->posted;
  job *j = &c->ring[number % SLOTS];
  void **block = block_of(c, words, bytes);
  if (block == 0) return -1;
  j->main = (program_main)(intptr_t)main;
  j->block = block;
  SET(j->together, isTogether ? threads : 1);
  SET(j->first, first);
  SET(j->threads, threads);
  c->posted = number + 1;
  if (threads > 1 && GET(c->lines[1].place.sleepers) > 0 && GET(c->completed) == number) place_apart(c, first, threads);
  for (int32_t i = 1; i >= first; i--) {
    if (threads <= i) continue;
    SET(c->lines[i].wanted, number + 1);
    wake(c, &c->lines[i].place);
  }
  return number;
}
int32_t crew_post(int64_t of, int64_t main, int32_t threads, int32_t isTogether, const void *words, int64_t bytes) {
  return post((crew *)(intptr_t)of, main, 0, threads, isTogether, words, bytes) < 0 ? -1 : 1;
}
/*
 * Runs a brief program on this thread and the members from the first on, or, where one would have to
 * be woken for little, on this thread alone. All that was posted is done. How many jobs are posted
 * now, which others may still be busy with; -1 without memory.
 */
int32_t crew_run(int64_t of, int64_t main, int32_t threads, int32_t isTogether, int32_t isLittle, const void *words, int64_t bytes) {
  crew *c = (crew *)(intptr_t)of;
  if (threads > 1 && !(isLittle && GET(c->lines[1].place.sleepers) > 0)) {
    int64_t number = post(c, main, 1, threads, isTogether, words, bytes);
    if (number < 0) return -1;
    take_part(c, number, 0);
    return 1;
  }
  void **block = block_of(c, words, bytes);
  if (block == 0) return -1;
  ((program_main)(intptr_t)main)(0, 1, block);
  free(block);
  return 0;
}
/* Jobs done, as soon as there are at least so many, after some looks. */
int64_t crew_look(int64_t of, int64_t count, int32_t looks) {
  crew *c = (crew *)(intptr_t)of;
  for (; looks > 0 && GET(c->completed) < count; looks--) PAUSE;
  return GET(c->completed);
}
int64_t crew_wait(int64_t of, int64_t count) {
  crew *c = (crew *)(intptr_t)of;
  AWAIT(c, &c->hosts, 0, GET(c->completed) >= count);
  return GET(c->completed);
}

/* The handle of a program's library, and the address of its main of that name; 0 and why not. */
int64_t program_open(const char *path, const char *name, int64_t *main, char *reason, int32_t room) {
  void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  void *entry = handle == 0 ? 0 : dlsym(handle, name);
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
