/** The page's script: does what it is asked in the page itself or in a worker. */

import { type Finding, runSuite } from "./suite.ts"

declare global {
  interface Window {
    suite(name: string, seeds: number): Promise<Finding>
    suiteInWorker(name: string, seeds: number): Promise<Finding>
  }
}

window.suite = runSuite

window.suiteInWorker = (name, seeds) => {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" })
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<Finding>) => resolve(data)
    worker.onerror = (event) => reject(new Error(event.message))
    worker.postMessage({ name, seeds })
  })
}
