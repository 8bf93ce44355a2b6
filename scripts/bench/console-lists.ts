import type { Page } from 'playwright-core';
import { median } from './median.ts';

/** A list of the console with more rows than anybody reads. */
export interface LongList {
  readonly name: string;
  /** The page that shows it, and the label of its table there. */
  readonly path: string;
  readonly label: string;
  /** The path of the API that it is read from, below `/api/v1`. */
  readonly api: string;
}

/** One turn of a page. */
interface Turn {
  /** From the click until the rows are painted. */
  readonly pageMs: number;
  /** The same request by itself in the same browser, with its JSON parsed. */
  readonly apiMs: number;
  /** Requests that the click caused. */
  readonly requests: number;
}

/** Medians over many turns. */
export interface ListFigures {
  readonly name: string;
  readonly where: string;
  readonly pageMs: number;
  readonly apiMs: number;
  readonly ratio: number;
  readonly requests: number;
}

/** Runs in the page: clicks "next", waits until other rows are painted, then asks for the same by itself. */
const TURN = `async ({ label, api }) => {
  const list = document.querySelector('section[aria-label="' + label + '"]');
  const first = () => list.querySelector('tr[data-row-key]')?.dataset.rowKey;
  const next = [...list.querySelectorAll('.pager button')].at(-1);
  if (next === undefined || next.disabled) throw new Error('there is no next page: give it more rows');
  const before = first();
  performance.clearResourceTimings();
  const begun = performance.now();
  const pageMs = await new Promise((done) => {
    const painted = () => requestAnimationFrame(() => setTimeout(() => done(performance.now() - begun)));
    const seen = new MutationObserver(() => {
      const now = first();
      if (now === undefined || now === before) return;
      seen.disconnect();
      painted();
    });
    seen.observe(list, { childList: true, subtree: true, attributes: true });
    next.click();
  });
  await new Promise((done) => setTimeout(done, 50));
  const asked = performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => name.includes('/api/v1'));
  const url = asked.find((name) => new URL(name).pathname === '/api/v1' + api);
  const again = performance.now();
  await (await fetch(url)).json();
  return { pageMs, apiMs: performance.now() - again, requests: asked.length };
}`;

/** Turns pages of a list from wherever it stands, and takes the medians; the first turns warm up. */
async function turnPages(page: Page, list: LongList, where: string, turns: number): Promise<ListFigures> {
  const measured: Turn[] = [];
  for (let turn = -3; turn < turns; turn += 1) {
    const one = await page.evaluate<Turn>(`(${TURN})(${JSON.stringify(list)})`);
    if (turn >= 0) measured.push(one);
  }
  const of = (field: keyof Turn) => median(measured.map((turn) => turn[field]));
  const [pageMs, apiMs, requests] = [of('pageMs'), of('apiMs'), of('requests')];
  return { name: list.name, where, pageMs, apiMs, ratio: pageMs / apiMs, requests };
}

/**
 * Measures a list on its first pages and far in.
 * @param deepAfter where a page far in begins; undefined measures the first pages alone.
 */
export async function measureList(
  page: Page,
  url: string,
  list: LongList,
  options: { readonly turns: number; readonly deepAfter: string | undefined },
): Promise<ListFigures[]> {
  const open = async (after?: string) => {
    const address = new URL(list.path, url);
    if (after !== undefined) address.searchParams.set('after', after);
    await page.goto(address.href);
    await page.locator(`section[aria-label="${list.label}"] tr[data-row-key]`).first().waitFor();
  };
  await open();
  const first = await turnPages(page, list, 'first pages', options.turns);
  if (options.deepAfter === undefined) return [first];
  await open(options.deepAfter);
  return [first, await turnPages(page, list, 'far in', options.turns)];
}
