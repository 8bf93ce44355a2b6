import type { Permission } from '../auth/permissions.ts';
import type { Principal } from '../auth/principal.ts';
import type { Queryable } from '../database/database.ts';
import { type Html, html, trustedHtml } from '../kernel/html.ts';

/** What a page is made from. */
export interface PageRequest {
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
export function htmlDocument(page: { readonly title: string; readonly content: Html; readonly nonce: string }): string {
  return html`<!doctype html>
<html lang="en">
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
:root { color-scheme: light dark; --line: #8884; --soft: #8882; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0; }
main { max-width: 62rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.6rem; } h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); }
code, pre { font: 13px/1.45 ui-monospace, monospace; background: var(--soft); border-radius: 4px; }
code { padding: .1em .3em; } pre { padding: .7rem; overflow-x: auto; } pre code { background: none; padding: 0; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; }
th, td { text-align: left; vertical-align: top; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid var(--line); }
article { border: 1px solid var(--line); border-radius: 6px; padding: .2rem 1rem .6rem; margin: 1rem 0; }
button { font: inherit; padding: .5rem 1.2rem; } .soft { opacity: .7; } .wrong { color: #c33; }
`;
