/** Ctrl-C: what is under way ends in order, so that nothing is left half done. */

/** The user asked to stop. */
export class Interrupted extends Error {
  override readonly name = "Interrupted"
}

/** Runs work that ends at its signal when the process is asked to stop. A second time ends it. */
export async function interruptible<T>(
  work: (signal: AbortSignal) => Promise<T>,
  message = "stopped before the end: nothing was saved",
): Promise<T> {
  const controller = new AbortController()
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(130)
    controller.abort(new Interrupted(message))
  }
  process.on("SIGINT", stop)
  process.on("SIGTERM", stop)
  try {
    return await work(controller.signal)
  } finally {
    process.off("SIGINT", stop)
    process.off("SIGTERM", stop)
  }
}
