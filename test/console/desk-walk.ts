import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { newSecret } from '../../src/kernel/ids.ts';
import type { Api } from '../system/api.ts';
import { seriousFindings } from './browser.ts';

/** What lies in a storeroom that was filled for one walk; every name in it is fresh. */
export interface FilledStoreroom {
  readonly bin: string;
  /** Serials: three power supplies, the only fan, which is the reserve, and the fan that serves in its place. */
  readonly supplies: readonly [string, string, string];
  readonly lastFan: string;
  readonly otherFan: string;
  readonly otherFanPart: string;
  readonly holder: { readonly id: string; readonly name: string };
}

interface Id {
  readonly id: string;
}

/** Enters a location, three parts with their pieces, and somebody who can have them. */
export async function fillStoreroom(api: Api): Promise<FilledStoreroom> {
  const mark = newSecret()
    .slice(0, 6)
    .replaceAll(/[^a-z0-9]/gi, 'x')
    .toUpperCase();
  const bin = `BIN-${mark}`;
  const location = await api.post<Id>('/locations', { code: bin, name: 'A bin', kind: 'site' });
  const category = await api.post<Id>('/part-categories', { name: `Modules ${mark}`, fields: [] });
  const part = (partNumber: string, emergencyReserve = 0) =>
    api.post<Id>('/parts', {
      ...{ manufacturer: 'Test Works', partNumber: `${partNumber}-${mark}`, name: partNumber, categoryId: category.id },
      ...{ tracking: 'serial', emergencyReserve },
    });
  const [supply, fan, otherFan] = [await part('PSU'), await part('FAN', 1), await part('FANL')];
  await api.post(`/parts/${otherFan.id}/fits`, { replacedPartId: fan.id, rank: 1, quantity: 1 });
  const line = (serial: string, { id }: Id) => ({
    ...{ kind: 'unit', serial: `${serial}-${mark}`, assetTag: `A-${serial}-${mark}` },
    ...{ partId: id, locationId: location.id },
  });
  await api.post('/movements/receipts', {
    lines: [line('P1', supply), line('P2', supply), line('P3', supply), line('F1', fan), line('L1', otherFan)],
  });
  const name = `Night shift ${mark}`;
  const team = await api.post<Id>('/teams', { name, members: [], roles: [] });
  return {
    bin,
    supplies: [`P1-${mark}`, `P2-${mark}`, `P3-${mark}`],
    lastFan: `F1-${mark}`,
    otherFan: `L1-${mark}`,
    otherFanPart: `FANL-${mark}`,
    holder: { id: team.id, name },
  };
}

/** Strokes as a scanner sends them, wherever the focus is, and the answer that the desk gives aloud. */
async function scan(page: Page, code: string, answer: RegExp | string): Promise<void> {
  await page.keyboard.type(code);
  await page.keyboard.press('Enter');
  await page.getByRole('region', { name: 'The last scan' }).getByText(answer).waitFor();
}

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });
const basket = (page: Page) => page.getByRole('region', { name: 'Basket' });
const lastScan = (page: Page) => page.getByRole('region', { name: 'The last scan' });

/** Fills the basket by scans, loads the page again, and finds it as it was left. */
export async function scanOut(page: Page, url: string, { holder, supplies, lastFan }: FilledStoreroom): Promise<void> {
  await page.goto(`${url}/spares/desk`);
  await page.getByLabel('Scan a unit, location or holder').waitFor();
  await scan(page, holder.name, `${holder.name} gets it`);
  // A scanner does not wait for answers.
  await page.keyboard.type(`A-${supplies[0]}\n${supplies[1]}\n`, { delay: 1 });
  await basket(page).getByText(supplies[1]).waitFor();
  await scan(page, lastFan, new RegExp(`${lastFan} .* is in the basket`));
  await page.reload();
  for (const serial of [supplies[0], supplies[1], lastFan]) await basket(page).getByText(serial).waitFor();
  await page.getByText(holder.name).first().waitFor();
}

/** Asks for the last spare, is refused with the reason, and takes what serves in its place by one click. */
export async function takeInstead(page: Page, { lastFan, otherFanPart }: FilledStoreroom): Promise<void> {
  await button(page, 'Hand out 3 lines').click();
  const refused = basket(page).getByRole('listitem').filter({ hasText: lastFan });
  await refused
    .getByText(/reserve/)
    .first()
    .waitFor();
  await lastScan(page).getByText('Nothing was handed out.').waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await refused.getByRole('button', { name: `Take ${otherFanPart} instead` }).click();
  await refused.waitFor({ state: 'detached' });
}

/** Hands out twice what is in the basket: by a double click whose answer is lost, and again after the page is loaded again. */
export async function handOutTwice(page: Page, { holder }: FilledStoreroom): Promise<void> {
  await page.route('**/api/v1/checkouts', async (route) => {
    await route.fetch();
    await route.abort();
  });
  await button(page, 'Hand out 3 lines').dblclick();
  await page.getByText('it is not known whether it was done').first().waitFor();
  await page.unroute('**/api/v1/checkouts');
  await page.reload();
  await page.getByText('it is not known whether it was done').first().waitFor();
  await button(page, 'Hand out 3 lines').click();
  await lastScan(page)
    .getByText(new RegExp(`is handed out to ${holder.name}`))
    .waitFor();
  await basket(page).getByText('Scan what goes out').waitFor();
}

/** Takes back one that was scanned, into the bin that was scanned after it. */
export async function scanBack(page: Page, { bin, supplies, holder }: FilledStoreroom): Promise<void> {
  await page.getByRole('link', { name: 'Take back' }).click();
  await page.getByLabel('Scan what comes back').waitFor();
  await scan(page, supplies[0], `comes back from ${holder.name}`);
  await scan(page, bin, `It is put at ${bin}`);
  expect(await seriousFindings(page)).toEqual([]);
  await button(page, 'Take back 1 line').click();
  await lastScan(page).getByText('Taken back:').waitFor();
}

/** Swaps one that is out for one that is not. */
export async function swap(page: Page, { supplies, holder }: FilledStoreroom): Promise<void> {
  await page.getByRole('link', { name: 'Swap' }).click();
  await scan(page, supplies[1], `comes back from ${holder.name}. Now scan what goes out for it`);
  await scan(page, supplies[2], 'goes out for it');
  expect(await seriousFindings(page)).toEqual([]);
  await button(page, 'Swap').click();
  await lastScan(page)
    .getByText(new RegExp(`${supplies[1]} is back, and .* is handed out to ${holder.name}`))
    .waitFor();
}
