/** The report of a fit: one HTML page that needs nothing from outside. */

import type { FitRecord } from "../record.ts"
import type { Task } from "../task.ts"
import type { Section } from "./section.ts"

/** The page. */
export function reportOf(task: Task, record: FitRecord, sections: readonly Section[]): string {
  return `<!doctype html><title>${task.target}: ${record.source}</title>${sections
    .map(({ title, html }) => `<h2>${title}</h2>${html}`)
    .join("")}`
}
