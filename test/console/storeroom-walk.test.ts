import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newSecret } from '../../src/kernel/ids.ts';
import { seriousFindings, watchedPage } from './browser.ts';
import { type Served, serveConsole } from './served.ts';

const PHONE = { locale: 'en-GB', viewport: { width: 390, height: 844 } } as const;

let served: Served;

beforeAll(async () => {
  served = await serveConsole();
}, 120_000);

afterAll(() => served.close());

const read = async (path: string) => (await served.context.request.get(`${served.url}/api/v1${path}`)).json();

async function make(path: string, data: object) {
  const headers = { Origin: served.url, 'Idempotency-Key': newSecret() };
  const answer = await served.context.request.post(`${served.url}/api/v1${path}`, { headers, data });
  expect(answer.status(), await answer.text()).toBe(201);
  return answer.json();
}

/** A room with two bins, two units in the first and ten pieces in the second; all with names of their own. */
async function fillRoom() {
  const mark = newSecret()
    .slice(0, 6)
    .replaceAll(/[^A-Za-z0-9]/g, 'x')
    .toUpperCase();
  const site = await make('/locations', { code: `S${mark}`, name: 'Site', kind: 'site' });
  const bin = (code: string) => make('/locations', { code, name: `Bin ${code}`, kind: 'bin', parentId: site.id });
  const [left, right] = [await bin(`L${mark}`), await bin(`R${mark}`)];
  const { id: categoryId } = await make('/part-categories', { name: `Category ${mark}`, fields: [] });
  const part = (partNumber: string, tracking: string) =>
    make('/parts', { manufacturer: 'Sample Co', partNumber, name: 'Sample', tracking, categoryId });
  const [serial, bulk] = [await part(`PSU-${mark}`, 'serial'), await part(`CAB-${mark}`, 'bulk')];
  const serials = [`A-${mark}-1`, `A-${mark}-2`] as const;
  const units = serials.map((one) => ({ kind: 'unit', partId: serial.id, locationId: left.id, serial: one }));
  const pieces = { kind: 'bulk', partId: bulk.id, locationId: right.id, quantity: 10 };
  await make('/movements/receipts', { lines: [...units, pieces] });
  return { mark, site, left, right, serial, bulk, serials };
}

/** Types as a scanner does, and waits until the answer to the scan says this. */
async function scan(page: Page, code: string, answer: RegExp) {
  await page.keyboard.type(code);
  await page.keyboard.press('Enter');
  await page.getByRole('status').filter({ hasText: answer }).first().waitFor();
}

test('a stocktake on a phone loses no scan, finds what differs, and puts the register right', async () => {
  const { mark, site, left, right, bulk, serials } = await fillRoom();
  const context = await served.signIn(PHONE);
  // 422: pieces whose number the server asks for.
  const { page, complaints } = await watchedPage(context, served.url, [422]);
  await page.goto(`${served.url}/storeroom/stocktakes`);
  await page.getByRole('button', { name: 'Open a stocktake' }).first().click();
  await page.getByLabel('Location', { exact: true }).click();
  await page.keyboard.type(site.code);
  await page.locator('.ant-select-item-option').filter({ hasText: site.code }).click();
  await page.getByLabel('Name').fill(`Count ${mark}`);
  await page.getByText('With the expected figures').click();
  await page.getByLabel('Counted again by a second person above (pieces)').fill('5');
  await page.getByRole('dialog').getByRole('button', { name: 'Open a stocktake' }).click();
  await page.waitForURL(/\/stocktakes\/[0-9a-f-]{36}$/);
  await page.getByText('0 of 3 things counted').waitFor();
  await scan(page, serials[0], /Scan the location first/);
  await scan(page, left.code, new RegExp(`Location ${left.code}`));
  await scan(page, serials[0], /Counted .*PSU/);
  await scan(page, serials[0], /Counted already/);
  await scan(page, 'NO-SUCH-THING', /Unknown code/);
  await page.getByText('1 of 3 things counted').waitFor();
  expect(await seriousFindings(page)).toEqual([]);

  // The connection breaks, the page is loaded anew before anything could be sent, and nothing is lost.
  await page.route('**/counts', (route) => route.abort());
  await scan(page, right.code, new RegExp(`Location ${right.code}`));
  await scan(page, serials[1], /Kept/);
  await page.unroute('**/counts');
  await page.reload();
  await page.getByText('2 of 3 things counted').waitFor();
  await page
    .getByText(/Belongs elsewhere/)
    .first()
    .waitFor();
  await scan(page, bulk.partNumber, /How many/);
  await page.getByLabel(/how many lie there in all/).fill('8');
  await page.keyboard.press('Enter');
  await page.getByText('3 of 3 things counted').waitFor();
  const wide = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
  expect(wide).toBeLessThanOrEqual(0);

  await page.getByRole('button', { name: 'Close the count' }).click();
  await page.getByText('0 expected things are not counted').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Close the count' }).click();
  await page.getByText(`10 expected at ${right.code}, 8 counted`).waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Do as proposed with 3 undecided' }).click();
  await page.getByRole('button', { name: 'Post' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Post' }).click();
  await page.getByText('Posted', { exact: true }).waitFor();
  expect(complaints).toEqual([]);

  const id = page.url().split('/').at(-1);
  const { batchId } = await read(`/stocktakes/${id}`);
  const { items: moved } = await read(`/movements?batchId=${batchId}`);
  expect(moved).toHaveLength(2);
  expect((await read(`/stock?partId=${bulk.id}`)).items).toMatchObject([{ quantity: 8 }]);
  expect((await read(`/units?q=${serials[1]}`)).items).toMatchObject([{ location: { code: right.code } }]);
  await context.close();
}, 120_000);

test('an import with a wrong line is shown and refused, and the right file is applied; then labels are printed', async () => {
  const { mark, left, serials } = await fillRoom();
  const { page, complaints } = await watchedPage(served.context, served.url);
  const send = async (lines: readonly string[]) => {
    await page.goto(`${served.url}/storeroom/imports`);
    await page.getByLabel('What the lines are').first().click();
    await page.locator('.ant-select-item-option').filter({ hasText: 'Units' }).click();
    const buffer = Buffer.from(['Manufacturer;Part number;Serial;Asset tag;Location', ...lines, ''].join('\n'));
    await page.locator('input[type=file]').setInputFiles({ name: `${mark}.csv`, mimeType: 'text/csv', buffer });
    await page.getByRole('button', { name: 'Check the file' }).click();
    await page.waitForURL(/\/imports\/[0-9a-f-]{36}$/);
  };
  const line = (serial: string, tag: string, place: string) => `Sample Co;PSU-${mark};${serial};${tag};${place}`;
  const right = [line(serials[0], `T-${mark}`, left.code), line(`NEW-${mark}`, '', left.code)];

  await send([...right, line(`BAD-${mark}`, '', 'NOWHERE')]);
  await page.getByText('Something is wrong').waitFor();
  expect(await page.getByRole('button', { name: 'Apply the file' }).isDisabled()).toBe(true);
  await page.getByText('semicolons').waitFor();
  await page.getByRole('link', { name: /Wrong 1$/ }).click();
  await page.waitForURL(/outcome=error/);
  const wrong = page.getByRole('row').filter({ hasText: `BAD-${mark}` });
  expect(await wrong.innerText()).toMatch(/4[\s\S]*Location[\s\S]*NOWHERE/);
  expect(await seriousFindings(page)).toEqual([]);

  await send(right);
  await page.getByText('Ready to apply').waitFor();
  const changed = page.getByRole('row').filter({ hasText: 'Asset tag' }).last();
  expect(await changed.innerText()).toContain(`+ T-${mark}`);
  await page.getByRole('button', { name: 'Apply the file' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Apply the file' }).click();
  await page.getByText('What each line did').waitFor();
  expect((await read(`/units?q=NEW-${mark}`)).items).toMatchObject([{ location: { code: left.code } }]);

  await page.goto(`${served.url}/storeroom/labels`);
  await page.getByLabel('Or scan units one by one').waitFor();
  await scan(page, `T-${mark}`, /On the sheet/);
  const opened = page.context().waitForEvent('page');
  await page.getByRole('link', { name: 'Open to print' }).click();
  const sheet = await opened;
  await sheet.getByText(`T-${mark}`).first().waitFor();
  expect(complaints).toEqual([]);
}, 120_000);
