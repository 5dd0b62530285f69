import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Browser, Page } from "playwright-core"
import ts from "typescript"
import { build } from "vite"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { launch, missing, type Site, serve } from "./serving.ts"
import type { Finding } from "./suite.ts"

const here = dirname(fileURLToPath(import.meta.url))

/** Random graphs for each device, place and kind of page, beside one of each primitive. */
const seeds = 8

let browser: Browser
let folder: string
beforeAll(async () => {
  if (missing !== undefined) return
  folder = await mkdtemp(join(tmpdir(), "tradespace-"))
  browser = await launch()
})
afterAll(async () => {
  if (missing !== undefined) return
  await browser.close()
  await rm(folder, { recursive: true })
})

/** Visits a site, and fails where the page does. */
async function visit<T>(site: Site, task: (page: Page) => Promise<T>): Promise<T> {
  const page = await browser.newPage()
  const errors: Error[] = []
  page.on("pageerror", (error) => errors.push(error))
  try {
    await page.goto(site.url)
    const result = await task(page)
    expect(errors).toEqual([])
    return result
  } finally {
    await page.close()
    await site.close()
  }
}

describe.skipIf(missing !== undefined)(`in a browser${missing ? `: ${missing}` : ""}`, () => {
  describe.each([
    { page: "isolated", isolated: true },
    { page: "not isolated", isolated: false },
  ])("a bundled page that is $page", ({ isolated }) => {
    let bundle: string
    beforeAll(async () => {
      bundle = join(folder, "bundle")
      await build({
        root: here,
        configFile: false,
        logLevel: "error",
        worker: { format: "es" },
        build: { outDir: bundle, emptyOutDir: true, target: "esnext", minify: false },
      })
    })

    test.each([
      ["cpu", "suite"],
      ["cpu", "suiteInWorker"],
      ["gpu", "suite"],
      ["gpu", "suiteInWorker"],
    ] as const)("runs the %s device as the interpreter does (%s)", async (device, where) => {
      const finding = await visit(await serve(bundle, isolated), async (page) => {
        await page.waitForFunction(() => "suite" in window)
        expect(await page.evaluate(() => crossOriginIsolated)).toBe(isolated)
        return page.evaluate<Finding, readonly [string, string, number]>(
          ([where, device, seeds]) => Reflect.get(window, where)(device, seeds),
          [where, device, seeds],
        )
      })
      expect(finding.disagreements).toEqual([])
      expect(finding.graphs).toBeGreaterThan(seeds)
      if (device === "cpu")
        expect(finding.threads > 1).toBe(isolated && navigator.hardwareConcurrency > 1)
      else expect(finding.adapter).toMatch(/software/)
    })
  })

  test("modules are loaded as they are, by a page's own script", async () => {
    const site = join(folder, "modules")
    await transpileCore(site)
    const script = `
      import { closeDevices, grad, jit, np, setDefaultDevice } from "./src/index.js"
      const f = jit((x) => np.sum(np.multiply(x, x)))
      const results = {}
      for (const device of ["cpu", "gpu", "ram"]) {
        setDefaultDevice(device)
        const x = np.array([1, 2, 3])
        results[device] = [...(await grad(f)(x).data()), ...(await f(x).data())]
      }
      await closeDevices()
      window.results = results`
    await writeFile(join(site, "index.html"), `<script type="module">${script}</script>`)
    for (const isolated of [true, false]) {
      const results = await visit(await serve(site, isolated), async (page) => {
        await page.waitForFunction(() => "results" in window)
        return page.evaluate(() => Reflect.get(window, "results"))
      })
      const expected = [2, 4, 6, 14]
      expect(results).toEqual({ cpu: expected, gpu: expected, ram: expected })
    }
  })
})

/** The modules that the package's door leads to, as the build writes them. */
async function transpileCore(site: string): Promise<void> {
  const root = join(here, "../..")
  const seen = new Set<string>()
  const pending = ["src/index.ts", "src/device/cpu/worker.ts", "src/device/cpu/solo-worker.ts"]
  for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
    if (seen.has(file)) continue
    seen.add(file)
    const text = await readFile(join(root, file), "utf8")
    const { outputText } = ts.transpileModule(text, {
      compilerOptions: {
        target: ts.ScriptTarget.ES2024,
        module: ts.ModuleKind.ESNext,
        rewriteRelativeImportExtensions: true,
        verbatimModuleSyntax: true,
      },
    })
    const target = join(site, file.replace(/\.ts$/, ".js"))
    await mkdir(dirname(target), { recursive: true })
    await writeFile(target, outputText)
    for (const [, from] of outputText.matchAll(/(?:from|import\() ?"(\.[^"]+)\.js"/g)) {
      pending.push(join(dirname(file), `${from}.ts`))
    }
  }
}
