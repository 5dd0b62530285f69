/** Serving a fitted network over HTTP from Node. */

import type { AddressInfo } from "node:net"
import { type AppOptions, defaultAppOptions, networkApp } from "./app.ts"
import type { Servable } from "./servable.ts"

export interface ServeOptions extends Partial<AppOptions> {
  /** 0 takes any free port; 8080 unless given. */
  readonly port?: number
  /** 127.0.0.1 unless given: nobody outside this machine. */
  readonly host?: string
}

export interface Serving {
  readonly url: string
  /** Takes no more requests, answers those that are under way, and ends. */
  close(): Promise<void>
}

/**
 * Serves a network: POST /predict, GET /schema, /health, /metrics, /report, and a page at /.
 * @throws Error when the port is taken or not allowed.
 * @example
 * // Not run: it listens.
 * const serving = await serveNetwork(await loadNetwork("out/houses"), { port: 8080 })
 * await serving.close()
 */
export async function serveNetwork(
  network: Servable,
  options: ServeOptions = {},
): Promise<Serving> {
  const { port = 8080, host = "127.0.0.1", ...given } = options
  const { app, settled } = await networkApp(network, { ...defaultAppOptions, ...given })
  const { serve } = await import("@hono/node-server")
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, port, hostname: host }, (address: AddressInfo) => {
      resolve({
        url: `http://${host.includes(":") ? `[${host}]` : host}:${address.port}`,
        async close() {
          const closed = new Promise<void>((done) => server.close(() => done()))
          if ("closeIdleConnections" in server) server.closeIdleConnections()
          await settled()
          await closed
        },
      })
    })
    server.on("error", (error: NodeJS.ErrnoException) => {
      const reason = error.code === "EADDRINUSE" ? "it is taken" : error.message
      reject(new Error(`port ${port} of ${host} cannot be served on: ${reason}`, { cause: error }))
    })
  })
}
