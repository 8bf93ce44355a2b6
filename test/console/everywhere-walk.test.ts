import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seriousFindings, watchedPage } from './browser.ts';
import { type Served, serveConsole } from './served.ts';

describe('what holds on every page of the console', () => {
  let served: Served;

  beforeAll(async () => {
    served = await serveConsole();
  }, 120_000);

  afterAll(() => served?.close());

  test('going back restores what was filtered for, and reloading keeps it', async () => {
    const { page, complaints } = await watchedPage(served.context, served.url);
    await page.goto(`${served.url}/audit?by=service`);
    await page
      .getByRole('row', { name: /schedule\.create/ })
      .first()
      .waitFor();
    await page.getByRole('link', { name: 'schedule.create' }).first().click();
    await page.waitForURL(/by=service&action=schedule\.create/);
    await page.getByRole('row').nth(1).getByRole('link').first().click();
    await page.getByRole('heading', { level: 1, name: /^schedule\.create · entry \d+$/ }).waitFor();
    await page.goBack();
    await page.waitForURL(/by=service&action=schedule\.create/);
    await page.goBack();
    await page.waitForURL(/\/audit\?by=service$/);
    await page.reload();
    await page.getByText('Muster itself').first().waitFor();
    expect(page.url()).toBe(`${served.url}/audit?by=service`);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('names its tab after its heading, and gives that the focus when it is come to; exact times are there for the keyboard', async () => {
    const { page, complaints } = await watchedPage(served.context, served.url);
    await page.goto(`${served.url}/`);
    await page.getByRole('navigation', { name: 'Menu' }).getByRole('link', { name: 'Audit' }).click();
    await page.waitForURL(/\/audit$/);
    const heading = page.getByRole('heading', { level: 1, name: 'Audit trail' });
    await expect.poll(() => heading.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true);
    expect(await page.title()).toBe('Audit trail · Muster');
    await page.getByRole('row').nth(1).getByRole('link').first().click();
    await page.getByRole('region', { name: 'What was done' }).locator('time').focus();
    expect(await page.getByRole('tooltip').innerText()).toMatch(/\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(await seriousFindings(page)).toEqual([]);
    await page.goto(`${served.url}/no/such/page`);
    await page.getByRole('heading', { level: 1, name: 'No such page' }).waitFor();
    expect(await page.title()).toBe('No such page · Muster');
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('asks to sign in when the session ends in the middle, at the same address, and shows no error instead', async () => {
    const { page, complaints } = await watchedPage(served.context, served.url, [401]);
    await page.goto(`${served.url}/audit?by=service`);
    await page.getByRole('row').nth(1).waitFor();
    const signedOut = (path: string) => page.route(`**/api/v1/${path}*`, (route) => route.fulfill(SIGNED_OUT));
    await signedOut('me');
    await signedOut('audit/**');
    await signedOut('audit-entries');
    await page.getByRole('link', { name: 'Seals and evidence' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(page.url()).toBe(`${served.url}/audit/seals`);
    await page.unrouteAll();
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'Seals and evidence' }).waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('says so when a page fails or a part of the console is gone, with a way on, and the menu stays', async () => {
    const { page } = await watchedPage(served.context, served.url);
    await page.route(/assets\/people\.page-.*\.js/, (route) => route.abort());
    await page.goto(`${served.url}/people`);
    await page.getByRole('heading', { level: 1, name: 'Muster was updated' }).waitFor();
    await page.getByRole('navigation', { name: 'Menu' }).waitFor();
    await page.unrouteAll();
    await page.getByRole('button', { name: 'Load anew' }).click();
    await page.getByRole('heading', { level: 1, name: 'People' }).waitFor();
    await page.close();
  });

  test('prints the page without menu and buttons, and light', async () => {
    const dark = await served.signIn({ colorScheme: 'dark' });
    const { page, complaints } = await watchedPage(dark, served.url);
    await page.goto(`${served.url}/audit`);
    await page.getByRole('row').nth(1).waitFor();
    const theme = () => page.locator('html').getAttribute('data-theme');
    expect(await theme()).toBe('dark');
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    await expect.poll(theme).toBe('light');
    expect(await page.getByRole('navigation').count()).toBe(0);
    expect(await page.getByRole('main').getByRole('button').count()).toBe(0);
    await page.getByRole('heading', { level: 1, name: 'Audit trail' }).waitFor();
    await page.getByRole('table').waitFor();
    expect(complaints).toEqual([]);
    await dark.close();
  });

  test('has a menu on a phone that opens over the page and closes with it', async () => {
    const phone = await served.signIn({ viewport: { width: 390, height: 844 } });
    const { page, complaints } = await watchedPage(phone, served.url);
    await page.goto(`${served.url}/`);
    const menu = page.getByRole('navigation', { name: 'Menu' });
    await page.getByRole('button', { name: 'Menu' }).click();
    await menu.getByRole('link', { name: 'Audit' }).click();
    await page.getByRole('heading', { level: 1, name: 'Audit trail' }).waitFor();
    await expect.poll(() => menu.isVisible()).toBe(false);
    expect(complaints).toEqual([]);
    await phone.close();
  });
});

/** What the server answers to whoever has no session any more. */
const SIGNED_OUT = {
  status: 401,
  contentType: 'application/problem+json',
  body: JSON.stringify({
    type: '/api/docs#unauthenticated',
    title: 'Not signed in',
    status: 401,
    detail: 'No session',
    code: 'no-credential',
  }),
};
