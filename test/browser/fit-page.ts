/** The page's script: fits in the page itself or in a worker. */

import { type FitFindings, learnBoth } from "./learning.ts"

declare global {
  interface Window {
    learn(): Promise<FitFindings>
    learnInWorker(): Promise<FitFindings>
  }
}

window.learn = learnBoth

window.learnInWorker = () => {
  const worker = new Worker(new URL("./fit-worker.ts", import.meta.url), { type: "module" })
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<FitFindings | string>) =>
      typeof data === "string" ? reject(new Error(data)) : resolve(data)
    worker.onerror = (event) => reject(new Error(event.message))
  })
}
