/** How reports look: readable in light and dark, on paper and on small screens. */

export const stylesheet = `
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#5b6570;--line:#d9dee4;--paper:#fff;--card:#f5f7f9;
--c0:#2563a8;--c1:#c2571a;--c2:#2f8f5b}
@media(prefers-color-scheme:dark){:root{--ink:#e6eaee;--soft:#9aa5b1;--line:#333b44;--paper:#14181d;
--card:#1c2229;--c0:#74a9e6;--c1:#ef9a63;--c2:#6fc797}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.55 system-ui,sans-serif}
main{max-width:1120px;margin:0 auto;padding:32px 24px 80px}
h1{font-size:34px;line-height:1.15;margin:0 0 20px}h1 small{font-weight:400;color:var(--soft);font-size:.6em}
h2{font-size:20px;margin:44px 0 12px;padding-top:16px;border-top:1px solid var(--line)}
.kicker{margin:0 0 4px;color:var(--soft)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(190px,1fr));gap:12px}
.tile{background:var(--card);border-radius:8px;padding:14px 16px}
.tile b{display:block;font-size:24px}.tile span{color:var(--soft)}
.verdict{font-size:17px;border-left:4px solid var(--c0);padding-left:14px;margin:22px 0 0}
.scroll{overflow-x:auto;margin:12px 0}table{border-collapse:collapse}
th,td{padding:5px 14px 5px 0;text-align:left;border-bottom:1px solid var(--line);vertical-align:top}
th{font-weight:600}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.confusion td{padding:5px 12px;text-align:right;border:1px solid var(--line)}
.confusion .right{background:color-mix(in srgb,var(--c2) calc(var(--share)*60%),transparent)}
.confusion .wrong{background:color-mix(in srgb,var(--c1) calc(var(--share)*80%),transparent)}
.beside{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:20px}
figure{margin:12px 0;max-width:640px}figcaption{color:var(--soft)}
svg{width:100%;height:auto;font:12px system-ui,sans-serif;fill:var(--ink)}
svg .grid{stroke:var(--line);fill:none}svg .tick,svg .axis{fill:var(--soft)}
svg path{fill:none;stroke-width:2}svg .dashed{stroke-dasharray:5 4}
.l0{stroke:var(--c0)}.l1{stroke:var(--c1)}.l2{stroke:var(--c2)}
.k0,.d0{fill:var(--c0)}.k1,.d1{fill:var(--c1)}.k2,.d2{fill:var(--c2)}.d0{opacity:.35}
.findings{padding-left:18px}.findings .warning b{color:var(--c1)}
pre{background:var(--card);padding:12px 14px;border-radius:8px;overflow-x:auto;white-space:pre-wrap}
.pictures{display:grid;grid-template-columns:repeat(auto-fill,minmax(110px,1fr));gap:12px}
.pictures figure{margin:0}.pictures img{max-width:100%;border-radius:4px}
summary{cursor:pointer;color:var(--soft)}
@media print{main{padding:0}section{break-inside:avoid}}
`
