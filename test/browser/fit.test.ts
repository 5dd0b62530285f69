import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Browser } from "playwright-core"
import { build } from "vite"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { closeDevices } from "../../src/array/index.ts"
import { type FitFinding, type FitFindings, learn } from "./learning.ts"
import { launch, missing, serve } from "./serving.ts"

const here = dirname(fileURLToPath(import.meta.url))

describe.skipIf(missing !== undefined)(`fits in a browser${missing ? `: ${missing}` : ""}`, () => {
  let browser: Browser
  let bundle: string
  let inNode: FitFinding
  beforeAll(async () => {
    inNode = await learn("table")
    bundle = await mkdtemp(join(tmpdir(), "tradespace-"))
    browser = await launch()
    await build({
      root: here,
      configFile: false,
      logLevel: "error",
      worker: { format: "es" },
      build: {
        outDir: bundle,
        emptyOutDir: true,
        target: "esnext",
        minify: false,
        rollupOptions: { input: join(here, "fit.html") },
      },
    })
  })
  afterAll(async () => {
    await closeDevices()
    await browser.close()
    await rm(bundle, { recursive: true })
  })

  test.each([
    ["an isolated page", "learn", true],
    ["a worker of a page that is not isolated", "learnInWorker", false],
  ] as const)("a table and a folder of images are learned in %s", async (_, where, isolated) => {
    const site = await serve(bundle, isolated)
    const page = await browser.newPage()
    const errors: Error[] = []
    page.on("pageerror", (error) => errors.push(error))
    try {
      await page.goto(`${site.url}fit.html`)
      await page.waitForFunction(() => "learn" in window)
      const { table, images } = await page.evaluate<FitFindings, string>(
        (where) => Reflect.get(window, where)(),
        where,
      )
      expect(errors).toEqual([])
      expect(table.threads > 1).toBe(isolated && navigator.hardwareConcurrency > 1)
      expect(table).toMatchObject({ classes: ["no", "yes"], found: table.truth })
      expect(table.weights).toEqual(inNode.weights)
      expect(table.accuracy).toBeGreaterThan(0.9)
      expect(table.files).toEqual(["network.json", "weights.safetensors", "report.html"])
      expect(images).toMatchObject({ classes: ["cross", "disc"], found: images.truth })
      expect(images.accuracy).toBeGreaterThan(0.8)
      expect(images.findings).toContain("broken-images")
    } finally {
      await page.close()
      await site.close()
    }
  })
})
