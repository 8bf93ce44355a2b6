import type { HtmlPage } from './http/html-page.ts';

/** Pages that the server makes itself, besides the API reference: the console is everything else. */
export const pages = (_dependencies: unknown): HtmlPage[] => [];
