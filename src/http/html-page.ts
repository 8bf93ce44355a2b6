import type { Permission } from '../auth/permissions.ts';
import type { Principal } from '../auth/principal.ts';
import type { Queryable } from '../database/database.ts';
import { type Html, html, trustedHtml } from '../kernel/html.ts';

/** What a page is made from. */
interface PageRequest {
  readonly db: Queryable;
  readonly principal: Principal;
  readonly requestId: string;
}

/** A page for people, as data. Its reader is signed in by a session or sends a bearer token. */
export interface HtmlPage {
  readonly path: `/${string}`;
  readonly title: string;
  readonly permission: Permission;
  /** The content of `<main>`. */
  readonly render: (request: PageRequest) => Promise<Html>;
}

/** A whole document around a page's content. It loads nothing; its only style block carries the nonce. */
export function htmlDocument(page: {
  readonly title: string;
  readonly content: Html;
  readonly nonce: string;
  /** English unless stated. */
  readonly language?: string | undefined;
}): string {
  return html`<!doctype html>
<html lang="${page.language ?? 'en'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${page.title} · Muster</title>
<style nonce="${page.nonce}">${trustedHtml(STYLE)}</style>
</head>
<body><main>
${page.content}
</main></body>
</html>
`.text;
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1c2733; --soft-ink: #55606d; --paper: #fff; --ground: #f4f6f8; --line: #d9dfe5;
  --good: #1d6b43; --bad: #a4262c; --warn: #7a4d00; --accent: #2f6da3; --tint: #eaf2ee; --caution: #fdf3dc; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9ee; --soft-ink: #9aa6b2; --paper: #161c22; --ground: #0f1418;
  --line: #2d3741; --good: #6cc79a; --bad: #f08c8f; --warn: #e6b95c; --accent: #79b4e3; --tint: #15281f; --caution: #2c2410; } }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0; color: var(--ink); background: var(--ground); }
main { max-width: 60rem; margin: 1.5rem auto; padding: 1.5rem 2rem; background: var(--paper); border: 1px solid var(--line);
  border-radius: 8px; }
h1 { font-size: 1.6rem; margin-top: .2rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; } a { color: var(--accent); }
code, pre { font: 13px/1.45 ui-monospace, monospace; background: var(--ground); border-radius: 4px; overflow-wrap: anywhere; }
code { padding: .1em .3em; } pre { padding: .7rem; overflow-x: auto; } pre code { background: none; padding: 0; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); }
article { border: 1px solid var(--line); border-radius: 6px; padding: .2rem 1rem .6rem; margin: 1rem 0; }
button { font: inherit; padding: .5rem 1.2rem; } .soft { color: var(--soft-ink); } .wrong { color: var(--bad); }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.2rem; } .facts dt { color: var(--soft-ink); }
.facts dd { margin: 0; } .hero { font-size: 1.15rem; padding: .8rem 1rem; background: var(--tint); border-left: 4px solid var(--good); }
.hero.bad { background: var(--caution); border-color: var(--bad); } .hero.none { border-color: var(--line); }
.notice { padding: .5rem .8rem; background: var(--caution); border: 1px solid var(--warn); border-radius: 4px; }
.mark { white-space: nowrap; font-weight: 600; } .mark.good { color: var(--good); } .mark.bad { color: var(--bad); }
.mark.warn { color: var(--warn); } .bullet { width: 100%; height: 18px; display: block; } .bullet .track { fill: var(--line); }
.bullet .bar { fill: var(--accent); } .bullet .target { fill: var(--ink); }
@media (max-width: 40rem) { main { margin: 0; border: 0; padding: 1rem; } .facts { grid-template-columns: 1fr; } .facts dd { margin-bottom: .5rem; } }
`;
