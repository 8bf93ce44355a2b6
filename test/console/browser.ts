import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import chromium from '@sparticuz/chromium';
import type axe from 'axe-core';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
  chromium as playwright,
} from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What a page did that it should not have done, and what it loaded. */
export interface Watched {
  readonly page: Page;
  /** Errors on the browser's console, errors nobody caught, answers that failed, other hosts. Look at it at the end. */
  readonly complaints: string[];
}

/** A real Chromium. */
export async function openBrowser(): Promise<Browser> {
  return playwright.launch({
    executablePath: await chromium.executablePath(),
    args: ['--no-sandbox', '--disable-gpu'],
  });
}

/** A new page that notes what goes wrong on it. `expected` are statuses that the test provokes. */
export async function watchedPage(
  context: BrowserContext,
  base: string,
  expected: readonly number[] = [],
): Promise<Watched> {
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const complaints: string[] = [];
  page.on('console', (message) => {
    // The browser says once more what the answer's status says already.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('response', (response) => {
    if (response.status() >= 400 && !expected.includes(response.status())) {
      complaints.push(`${response.status()} ${response.request().method()} ${response.url()}`);
    }
  });
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith('http') && url.origin !== base) complaints.push(`another host: ${url.href}`);
  });
  return { page, complaints };
}

/** A browser of its own, signed in by a link. */
export async function signedIn(
  browser: Browser,
  base: string,
  link: string,
  options: BrowserContextOptions = {},
): Promise<BrowserContext> {
  const context = await browser.newContext({ locale: 'en-GB', ...options });
  const page = await context.newPage();
  await page.goto(link);
  await page.getByRole('button').click();
  await page.waitForURL(`${base}/`);
  await page.close();
  return context;
}

/** What axe finds on a page as it is shown now, of what it calls serious or critical. */
export async function seriousFindings(page: Page): Promise<string[]> {
  // The page's policy lets no script in, this one included: it comes past it by the browser's own door.
  const session = await page.context().newCDPSession(page);
  await session.send('Runtime.evaluate', { expression: AXE });
  await session.detach();
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: typeof axe }).axe.run({ exclude: [] }, { resultTypes: ['violations'] }),
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)}`));
}
