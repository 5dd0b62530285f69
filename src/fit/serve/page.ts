/** A small page to try a served network with: a field for each input. */

import { stylesheet } from "../report/style.ts"
import { escaped } from "../report/svg.ts"
import type { JsonSchema } from "../solver.ts"
import { takesImages } from "./image-body.ts"
import type { Servable } from "./servable.ts"

export function tryPage({ task, fitted }: Servable): string {
  const properties: Record<string, JsonSchema> = Object(fitted.inputSchema.properties)
  const images = takesImages(fitted.inputSchema)
  const fields = images
    ? [dropField]
    : Object.entries(properties).map(([name, schema], i) => field(name, schema, i))
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(task.target)}</title><style>${stylesheet}
form{display:grid;grid-template-columns:repeat(auto-fill,minmax(220px,1fr));gap:14px}
label{display:block;color:var(--soft)}input{width:100%;font:inherit;padding:8px;color:inherit;
background:var(--card);border:1px solid var(--line);border-radius:6px}
button{font:inherit;padding:10px 18px;border:0;border-radius:6px;background:var(--c0);color:#fff;
align-self:end;cursor:pointer}.drop{grid-column:1/-1;border:2px dashed var(--line);padding:28px;
border-radius:6px;text-align:center}.drop img{display:block;max-height:240px;margin:14px auto 0}
output{display:block;font-size:26px;margin-top:26px;min-height:2em}
</style></head><body><main>
<header><p class="kicker">${escaped(task.goal)}</p><h1>${escaped(task.target)}</h1></header>
<form>${fields.join("")}${images ? "" : "<button>Predict</button>"}</form>
<output aria-live="polite"></output>
<p><a href="/report">report</a> · <a href="/schema">schema</a> · <a href="/metrics">metrics</a></p>
<script>
async function predict(body) {
  const answer = await fetch("/predict", { method: "POST", body })
  const { predictions, notes, error } = await answer.json()
  const words = error ? [error] : [
    ...Object.entries(predictions[0]).map(([name, value]) => name + ": " + value),
    ...notes,
  ]
  document.querySelector("output").textContent = words.join(", ")
}
${images ? dropScript : formScript}
</script></main></body></html>
`
}

/** Where a picture is dropped or chosen. */
const dropField =
  '<label class="drop">Drop a picture here, or choose one' +
  '<input type="file" accept="image/jpeg,image/png,image/webp"><img alt=""></label>'

const dropScript = `
const drop = document.querySelector(".drop")
function show(file) {
  if (!file) return
  drop.querySelector("img").src = URL.createObjectURL(file)
  predict(file)
}
document.addEventListener("dragover", (event) => event.preventDefault())
document.addEventListener("drop", (event) => {
  event.preventDefault()
  show(event.dataTransfer.files[0])
})
drop.querySelector("input").addEventListener("change", (event) => show(event.target.files[0]))`

const formScript = `
document.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault()
  const row = {}
  for (const input of event.target.querySelectorAll("input")) {
    const value = input.value.trim()
    row[input.name] = value === "" ? null : input.dataset.number ? Number(value) : value
  }
  predict(JSON.stringify(row))
})`

function field(name: string, schema: JsonSchema, i: number): string {
  const types = Array.isArray(schema.type) ? schema.type : []
  const isNumber = types.includes("number") && !types.includes("string")
  const examples = Array.isArray(schema.examples) ? schema.examples.map(String) : []
  const options = examples.map((text) => `<option value="${escaped(text)}">`)
  const list = isNumber ? "" : `<datalist id="list${i}">${options.join("")}</datalist>`
  const hint = escaped(examples[0] ?? "")
  const kind = isNumber ? 'type="number" step="any" data-number="1"' : `list="list${i}"`
  return `<label>${escaped(name)}<input name="${escaped(name)}" value="${hint}" ${kind}></label>${list}`
}
