/** Counts of what a server does, in Prometheus' text format. */

/** Seconds up to which answers are counted together. */
const bounds = [0.005, 0.02, 0.1, 0.5, 2, 10]

export class Metrics {
  readonly #requests = new Map<string, number>()
  readonly #times = new Array<number>(bounds.length + 1).fill(0)
  #seconds = 0
  #rows = 0

  request(method: string, path: string, status: number, seconds: number): void {
    // Paths that are not there are counted as one, so that nobody can fill the memory.
    const known = status === 404 ? "other" : path
    const key = `method="${method}",path="${known}",status="${status}"`
    this.#requests.set(key, (this.#requests.get(key) ?? 0) + 1)
    const place = bounds.findIndex((bound) => seconds <= bound)
    this.#times[place < 0 ? bounds.length : place]++
    this.#seconds += seconds
  }

  rows(count: number): void {
    this.#rows += count
  }

  text(batches: number): string {
    const all = this.#times.reduce((a, b) => a + b, 0)
    let sum = 0
    const buckets = bounds.map((bound, i) => {
      sum += this.#times[i]
      return `tradespace_request_seconds_bucket{le="${bound}"} ${sum}`
    })
    return [
      "# TYPE tradespace_requests_total counter",
      ...[...this.#requests].map(([key, count]) => `tradespace_requests_total{${key}} ${count}`),
      "# TYPE tradespace_request_seconds histogram",
      ...buckets,
      `tradespace_request_seconds_bucket{le="+Inf"} ${all}`,
      `tradespace_request_seconds_sum ${this.#seconds}`,
      `tradespace_request_seconds_count ${all}`,
      "# TYPE tradespace_predicted_rows_total counter",
      `tradespace_predicted_rows_total ${this.#rows}`,
      "# TYPE tradespace_batches_total counter",
      `tradespace_batches_total ${batches}`,
      "",
    ].join("\n")
  }
}
