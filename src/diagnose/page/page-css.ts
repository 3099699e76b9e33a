/**
 * The look of the pages without JavaScript, with the panel's tokens: ink on paper, colour for state only, dark where
 * the system is dark, black on white in print. Served as a file of its own, because the pages allow no inline style.
 */
export const PAGE_CSS = `
:root{color-scheme:light dark;--bg:#f6f7f9;--surface:#fff;--sunken:#eceff3;--ink:#14181f;--ink2:#4a5361;--line:#7a8494;
--blue:#0b5cad;--grey:#59636f;--amber:#8a5a00;--red:#a3123b}
@media (prefers-color-scheme:dark){:root{--bg:#0f1216;--surface:#171b21;--sunken:#1f252d;--ink:#e8ebf0;--ink2:#a4aebc;
--line:#6b7686;--blue:#6cb2ff;--grey:#a7b1bd;--amber:#f2c14e;--red:#ff6f91}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:14px/22px system-ui,sans-serif;font-variant-numeric:tabular-nums}
main{max-width:72ch;margin:0 auto;padding:24px 16px 48px}
h1{font-size:20px;line-height:28px;font-weight:600;margin:0 0 16px;overflow-wrap:anywhere}
h2{font-size:16px;line-height:24px;font-weight:600;margin:32px 0 8px}
h3{font-size:14px;font-weight:600;margin:24px 0 4px;overflow-wrap:anywhere}
p{margin:8px 0;overflow-wrap:anywhere}
a{color:inherit;text-decoration:underline}
.state{font-weight:600;margin:0}
.delivered,.relayed{color:var(--blue)}.queued,.doubt,.discarded{color:var(--grey)}
.held{color:var(--amber)}.bounced,.expired,.refused{color:var(--red)}
.todo{background:var(--surface);border:1px solid var(--line);border-radius:4px;padding:16px}
table{border-collapse:collapse;width:100%;background:var(--surface);font-size:13px;line-height:20px}
caption{text-align:left;color:var(--ink2);padding:0 0 8px}
th,td{text-align:left;vertical-align:top;padding:4px 8px;border-top:1px solid var(--sunken);overflow-wrap:anywhere}
th{font-weight:600}
td.time,td.num{white-space:nowrap}td.num{text-align:right}
q,code,.id{font-family:ui-monospace,monospace;font-size:12px}
q{display:block;color:var(--ink2)}
.bar{display:block;width:100%;height:16px;margin:8px 0}
.bar rect:nth-child(odd){fill:var(--grey)}.bar rect:nth-child(even){fill:var(--line)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 16px;margin:0}
dt{color:var(--ink2)}dd{margin:0;overflow-wrap:anywhere}
form{display:inline-block;margin:8px 8px 0 0}
button{min-height:44px;padding:8px 16px;border:1px solid var(--ink);border-radius:4px;background:var(--ink);color:var(--surface);font:inherit}
a:focus-visible,button:focus-visible{outline:2px solid var(--ink);outline-offset:2px}
.notice{margin:0;padding:8px 16px;background:var(--ink);color:var(--bg);font-weight:600}
.foot{color:var(--ink2);font-size:12px;line-height:16px;margin-top:32px}
@media (max-width:400px){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:8px}}
@media print{:root{--bg:#fff;--surface:#fff;--sunken:#ccc;--ink:#000;--ink2:#000;--line:#666;--blue:#000;--grey:#000;--amber:#000;--red:#000}
@page{size:A4;margin:18mm}body{font-size:11pt}main{max-width:none;padding:0}form{display:none}tr,.todo{break-inside:avoid}
h2{break-after:avoid}.bar rect{stroke:#000}}
@media (forced-colors:active){.bar rect{fill:CanvasText;stroke:Canvas}}
`;
