/** A server for pages and a browser that visits them. */

import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { extname, join, normalize } from "node:path"
import { type Browser, chromium } from "playwright-core"

const executable = "/usr/bin/chromium"

/** Why there is no browser here; undefined where there is one. */
export const missing = existsSync(executable) ? undefined : `${executable} is not installed`

const types: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
}

export interface Site {
  readonly url: string
  close(): Promise<void>
}

/** Serves a folder; isolated pages may share memory between threads. */
export async function serve(folder: string, isolated: boolean): Promise<Site> {
  const isolation = {
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
  }
  const server: Server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? "/", "http://site").pathname))
    const file = join(folder, path === "/" ? "index.html" : path)
    try {
      const body = await readFile(file)
      const type = types[extname(file)] ?? "application/octet-stream"
      response.writeHead(200, { "content-type": type, ...(isolated ? isolation : {}) }).end(body)
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

/** Chromium with WebGPU on its software adapter. */
export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: executable,
    args: [
      "--headless=new",
      "--no-sandbox",
      "--enable-unsafe-webgpu",
      "--use-webgpu-adapter=swiftshader",
      "--enable-features=Vulkan",
      "--disable-background-networking",
      "--no-first-run",
    ],
  })
}
