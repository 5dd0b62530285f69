/** A part of a report: a heading, and HTML that needs nothing from outside. */

export interface Section {
  readonly title: string
  readonly html: string
}
