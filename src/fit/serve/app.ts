/** A fitted network over HTTP: predictions, their schema, health, metrics, and a page to try it. */

import type { Context } from "hono"
import type { JsonSchema } from "../solver.ts"
import { Batching, Busy } from "./batching.ts"
import { base64, isImage, takesImages } from "./image-body.ts"
import { Metrics } from "./metrics.ts"
import { tryPage } from "./page.ts"
import type { Servable } from "./servable.ts"

export interface AppOptions {
  /** Bytes of a request's body, at most. */
  readonly mostBytes: number
  /** Rows of a request, at most. */
  readonly mostRows: number
  /** Milliseconds within which a request is answered, or refused. */
  readonly timeout: number
  /** Milliseconds that rows wait for company. */
  readonly wait: number
}

export const defaultAppOptions: AppOptions = {
  mostBytes: 10_000_000,
  mostRows: 10_000,
  timeout: 30_000,
  wait: 2,
}

/** What a request does wrong, with its HTTP status. */
class Refusal extends Error {
  readonly status: 400 | 413 | 415 | 422 | 503 | 504

  constructor(status: Refusal["status"], message: string) {
    super(message)
    this.status = status
  }
}

/** The application; `settled` resolves when no request waits. */
export async function networkApp(network: Servable, options: AppOptions) {
  const { Hono } = await import("hono")
  const { bodyLimit } = await import("hono/body-limit")
  const app = new Hono()
  const batching = new Batching(network, options.wait)
  const metrics = new Metrics()
  const { inputSchema } = network.fitted

  app.use(async (context, next) => {
    const began = performance.now()
    await next()
    const { path, method } = context.req
    metrics.request(method, path, context.res.status, (performance.now() - began) / 1000)
  })
  const tooLarge = (context: Context) =>
    context.json({ error: `the body is larger than ${options.mostBytes} bytes` }, 413)
  app.post(
    "/predict",
    bodyLimit({ maxSize: options.mostBytes, onError: tooLarge }),
    async (context) => {
      const rows = rowsOf(await bodyOf(context, inputSchema), inputSchema, options.mostRows)
      const { rows: predictions, notes } = await within(options.timeout, batching.predict(rows))
      metrics.rows(rows.length)
      return context.json({ predictions, notes })
    },
  )
  app.get("/schema", (context) => context.json(schemaOf(network, options)))
  app.get("/health", (context) => context.json({ status: "ok", task: network.task }))
  app.get("/metrics", (context) =>
    context.text(metrics.text(batching.batches), 200, {
      "content-type": "text/plain; version=0.0.4",
    }),
  )
  app.get("/", (context) => context.html(tryPage(network)))
  app.get("/report", (context) => context.html(network.report))
  app.notFound((context) =>
    context.json({ error: `there is no ${context.req.method} ${context.req.path}` }, 404),
  )
  app.onError((error, context) => {
    if (error instanceof Refusal) return context.json({ error: error.message }, error.status)
    if (error instanceof Busy) return context.json({ error: error.message }, 503)
    if (error instanceof RangeError || error instanceof SyntaxError) {
      return context.json({ error: error.message }, 422)
    }
    return context.json({ error: "the prediction failed" }, 500)
  })
  return { app, settled: () => batching.settled() }
}

/** JSON; or, where images are looked at, an image as it is. */
async function bodyOf(context: Context, schema: JsonSchema): Promise<unknown> {
  const bytes = new Uint8Array(await context.req.arrayBuffer())
  if (takesImages(schema) && isImage(bytes)) return { image: base64(bytes) }
  const type = context.req.header("content-type") ?? "application/json"
  const text = new TextDecoder().decode(bytes)
  // What curl sends as a form unless told otherwise may be JSON all the same.
  if (!/json/i.test(type) && !/^\s*[[{]/.test(text)) {
    const read = takesImages(schema) ? "a JPEG, PNG or WebP file or JSON is read" : "JSON is read"
    throw new Refusal(415, `the body is ${type}, where ${read}`)
  }
  try {
    return JSON.parse(text)
  } catch {
    throw new Refusal(400, "the body is not JSON")
  }
}

/** One row, a list of rows, or an object with a list named rows: each with all inputs. */
function rowsOf(body: unknown, schema: JsonSchema, most: number): readonly unknown[] {
  const { rows: named }: Partial<Record<string, unknown>> = Object(body)
  const rows: readonly unknown[] = Array.isArray(named)
    ? named
    : Array.isArray(body)
      ? body
      : [body]
  if (rows.length > most) {
    throw new Refusal(413, `there are ${rows.length} rows, where ${most} are read at once`)
  }
  const required = Array.isArray(schema.required) ? schema.required : []
  for (const [i, row] of rows.entries()) {
    if (typeof row !== "object" || row === null || Array.isArray(row)) {
      throw new Refusal(422, `row ${i + 1} is no object of inputs and their values`)
    }
    const lacking = required.filter((name) => !(name in row))
    if (lacking.length > 0) {
      throw new Refusal(422, `row ${i + 1} lacks ${lacking.join(", ")} (null is a missing value)`)
    }
  }
  return rows
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Refusal(504, `there was no answer within ${milliseconds} ms`)),
      milliseconds,
    )
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

function schemaOf({ task, fitted }: Servable, { mostRows }: AppOptions): JsonSchema {
  const { target, classes } = task
  const output =
    classes === undefined
      ? { [target]: { type: "number" } }
      : { [target]: { enum: classes }, probability: { type: "number", minimum: 0, maximum: 1 } }
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: `POST /predict: ${target}`,
    request: {
      oneOf: [fitted.inputSchema, { type: "array", items: fitted.inputSchema, maxItems: mostRows }],
    },
    response: {
      type: "object",
      properties: {
        predictions: { type: "array", items: { type: "object", properties: output } },
        notes: { type: "array", items: { type: "string" } },
      },
    },
  }
}
