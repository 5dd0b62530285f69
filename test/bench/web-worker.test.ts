import { expect, test } from "vitest"
import { BrowserWorker } from "../../bench/rivals/web-worker.ts"

test("a script for a browser's worker answers through the stand-in", async () => {
  const script = "self.onmessage = ({ data }) => postMessage(2 * data)"
  const worker = new BrowserWorker(URL.createObjectURL(new Blob([script])))
  const answer = new Promise((resolve) => {
    worker.onmessage = ({ data }) => resolve(data)
  })
  worker.postMessage(21)
  expect(await answer).toBe(42)
})
