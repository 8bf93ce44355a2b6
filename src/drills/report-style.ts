/** The report's one style sheet: for a screen and for paper. Meaning is always in words too, never in colour alone. */
export const REPORT_STYLE = `
:root {
  color-scheme: light;
  --ink: #1c2733; --soft: #566372; --line: #d6dde5; --ground: #f5f7f9; --paper: #fff;
  --good: #17643f; --good-ground: #e7f3ec; --bad: #9b1c23; --bad-ground: #fbe9ea;
  --warn: #6d4a00; --warn-ground: #fdf4dd; --none: #4b5663; --none-ground: #eceff3; --accent: #27567f;
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", "Helvetica Neue", Arial, "Noto Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans SC", "Noto Sans CJK SC", sans-serif; }
main { max-width: 60rem; margin: 1.5rem auto; padding: 2.2rem 2.6rem 2.6rem; background: var(--paper); border: 1px solid var(--line); border-radius: 8px; }
h1 { font-size: 1.55rem; line-height: 1.25; margin: .1rem 0 .3rem; font-weight: 650; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 2.2rem 0 .6rem; padding-bottom: .3rem; border-bottom: 1px solid var(--line); font-weight: 650; }
p { margin: .4rem 0; }
.over { font-size: .8rem; letter-spacing: .06em; text-transform: uppercase; color: var(--soft); margin: 0; }
.soft { color: var(--soft); }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.2rem; margin: .8rem 0 0; font-size: .92rem; }
.facts dt { color: var(--soft); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.hero { display: flex; flex-wrap: wrap; gap: 1rem 2.4rem; align-items: flex-end; justify-content: space-between; border-left: 5px solid var(--none); background: var(--none-ground); border-radius: 0 6px 6px 0; padding: 1.1rem 1.4rem; margin: 1.4rem 0 .4rem; }
.hero.good { border-color: var(--good); background: var(--good-ground); }
.hero.bad { border-color: var(--bad); background: var(--bad-ground); }
.hero .name { display: block; font-size: .85rem; color: var(--soft); }
.hero .figure { display: block; font-size: 2.1rem; font-weight: 680; line-height: 1.15; font-variant-numeric: tabular-nums; }
.hero .second { font-size: 1.35rem; font-weight: 600; }
.notice { border: 1px solid var(--warn); background: var(--warn-ground); color: var(--warn); border-radius: 6px; padding: .55rem .9rem; margin: .6rem 0; font-weight: 600; }
.notice.plain { font-weight: 400; }
.verdicts { display: grid; grid-template-columns: repeat(6, 1fr); gap: .8rem; margin: 1rem 0; }
.verdict { grid-column: span 2; } .verdict.wide { grid-column: span 3; }
.verdict { border: 1px solid var(--line); border-radius: 6px; padding: .75rem 1rem; }
.verdict h3 { margin: 0 0 .35rem; font-size: .85rem; color: var(--soft); font-weight: 600; }
.verdict p { margin: .4rem 0 0; font-size: .92rem; overflow-wrap: anywhere; }
.mark { display: inline-block; padding: .08rem .55rem .1rem; border-radius: 1rem; font-size: .86rem; font-weight: 620; white-space: nowrap; border: 1px solid currentColor; }
.mark.good { color: var(--good); background: var(--good-ground); }
.mark.bad { color: var(--bad); background: var(--bad-ground); }
.mark.warn { color: var(--warn); background: var(--warn-ground); }
.mark.none { color: var(--none); background: var(--none-ground); border-style: dashed; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
td, dd, li, code, h1 { unicode-bidi: isolate; }
th, td { text-align: left; vertical-align: top; padding: .38rem .8rem .38rem 0; border-bottom: 1px solid var(--line); overflow-wrap: break-word; }
th, td:not(.long) { word-break: keep-all; }
td.long { overflow-wrap: anywhere; min-width: 8rem; }
.scroll { overflow-x: auto; background: linear-gradient(to left, var(--paper), var(--paper)) right / 1.5rem 100% no-repeat local, linear-gradient(to left, var(--line), transparent) right / .8rem 100% no-repeat scroll; }
th { font-weight: 600; color: var(--soft); font-size: .82rem; }
td.word { white-space: nowrap; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
code, pre { font: .86em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
pre { background: var(--ground); border: 1px solid var(--line); border-radius: 6px; padding: .8rem 1rem; white-space: pre-wrap; margin: .6rem 0; }
details { margin: .6rem 0; }
summary { cursor: pointer; color: var(--accent); font-weight: 600; }
ul { margin: .4rem 0; padding-left: 1.2rem; }
li { margin: .2rem 0; overflow-wrap: anywhere; }
svg { display: block; width: 100%; margin: .6rem 0; overflow: visible; }
.recorded { font-size: .78rem; color: var(--soft); border: 1px solid var(--line); border-radius: 3px; padding: 0 .25rem; white-space: nowrap; }
figure { margin: .6rem 0; }
svg text { font-size: 13px; fill: var(--ink); paint-order: stroke; stroke: var(--paper); stroke-width: 3px; }
svg .small { font-size: 11.5px; fill: var(--soft); }
svg .done { fill: #3d7aa8; } svg .failed { fill: var(--bad); } svg .interrupted { fill: #b67d12; } svg .track { fill: #edf1f5; }
svg .grid { stroke: var(--line); } svg .limit { stroke: var(--ink); stroke-dasharray: 4 3; }
footer { margin-top: 2.4rem; padding-top: .8rem; border-top: 1px solid var(--line); font-size: .86rem; color: var(--soft); }
@media (max-width: 40rem) { main { margin: 0; padding: 1.2rem; border: 0; border-radius: 0; } .facts { grid-template-columns: 1fr; gap: 0; } .verdict, .verdict.wide { grid-column: span 6; } .facts dd { margin-bottom: .4rem; } svg text { font-size: 11px; } svg .small { font-size: 10px; } svg .odd { display: none; } table { font-size: .82rem; } th, td { padding-right: .5rem; } td.long { min-width: 6rem; } }
@media print {
  .scroll { overflow: visible; background: none; }
  @page { margin: 16mm 14mm; }
  body { background: none; font-size: 10.5pt; }
  main { max-width: none; margin: 0; padding: 0; border: 0; }
  h2 { break-after: avoid; } tr, .verdict, .hero, .notice, svg { break-inside: avoid; }
  thead { display: table-header-group; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  summary { list-style: none; color: var(--ink); }
  details::details-content { content-visibility: visible; display: block; height: auto; }
}
`;
