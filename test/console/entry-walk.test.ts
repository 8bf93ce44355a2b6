import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import { seriousFindings, type Watched, watchedPage } from './browser.ts';
import { type Served, serveConsole } from './served.ts';

/** Statuses that the refusals below come with, and that of a version conflict. */
const REFUSED = [409, 412];

describe('entering things in the console', () => {
  let served: Served;
  let watched: Watched;
  let page: Page;
  const go = (path: string) => page.goto(served.url + path);
  /** The API as the one who is signed in, for what somebody else does meanwhile, and to look at what was entered. */
  const api = async (method: 'GET' | 'POST' | 'PATCH', path: string, body?: object, version?: number) => {
    const sent = { method, path, body: body && JSON.stringify(body), key: newId(), version };
    const answer = await page.evaluate(async (wanted) => {
      const headers = new Headers({ 'Content-Type': 'application/json', 'Idempotency-Key': wanted.key });
      if (wanted.version) headers.set('If-Match', `"${wanted.version}"`);
      const { method: how, body: json = null } = wanted;
      const response = await fetch(`/api/v1${wanted.path}`, { method: how, headers, body: json });
      return { ok: response.ok, body: await response.json() };
    }, sent);
    expect(answer.ok, JSON.stringify(answer.body)).toBe(true);
    return answer.body as { readonly id: string; readonly version: number; readonly items: readonly unknown[] };
  };
  const idOf = () => new URL(page.url()).pathname.split('/').at(-1) ?? '';
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click();

  /** Finds something by its name in a field that looks it up, and chooses it. */
  const choose = async (field: string, text: string) => {
    const box = page.getByRole('combobox', { name: field });
    await box.click();
    await box.fill(text);
    await page.locator('.ant-select-item-option:visible').filter({ hasText: text }).first().click();
  };

  beforeAll(async () => {
    served = await serveConsole();
    watched = await watchedPage(served.context, served.url, REFUSED);
    page = watched.page;
    await go('/');
  }, 120_000);

  afterAll(async () => {
    await served?.close();
  });

  test('a part, refused at its number and mended, a location, and two units by scan', async () => {
    const mark = newId().slice(-6);
    const category = await api('POST', '/part-categories', { name: `Fans ${mark}` });
    const fan = { manufacturer: 'Sample Co', name: 'Fan', categoryId: category.id, tracking: 'serial' };
    await api('POST', '/parts', { ...fan, partNumber: `FAN-${mark}` });
    await go('/spares/parts/new');
    await page.getByLabel('Manufacturer').fill('Sample Co');
    await page.getByLabel('Part number').fill(`FAN-${mark}`);
    await page.getByLabel('Name', { exact: true }).fill('Fan, large');
    await choose('Category', `Fans ${mark}`);
    await page.getByLabel('Emergency reserve').fill('1');
    expect(await seriousFindings(page)).toEqual([]);
    await press('Add');
    await page.getByText('is taken', { exact: true }).waitFor();
    expect(await page.getByLabel('Name', { exact: true }).inputValue(), 'what was typed stays').toBe('Fan, large');
    await page.getByLabel('Part number').fill(`FAN-L-${mark}`);
    await press('Add');
    await page.waitForURL(/parts\/[0-9a-f-]{36}$/);
    const partId = idOf();
    expect(await api('GET', `/parts/${partId}`)).toMatchObject({ partNumber: `FAN-L-${mark}`, emergencyReserve: 1 });

    await go('/spares/locations/new');
    await page.getByLabel('Code').fill(`SITE-${mark}`);
    await page.getByLabel('Name', { exact: true }).fill('First site');
    await press('Add');
    await page.waitForURL(/at=/);
    await page.getByRole('heading', { name: `SITE-${mark} · First site` }).waitFor();

    await go(`/spares/receive?part=${partId}`);
    await page.getByLabel('Scan or type a serial').fill(`F1-${mark}`);
    await page.keyboard.press('Enter');
    await page.keyboard.type(`F2-${mark}`);
    await page.keyboard.press('Enter');
    await page.getByText('2 units', { exact: true }).waitFor();
    await choose('Goes to', `SITE-${mark}`);
    await press('Take in');
    await page.waitForURL(/parts\/[0-9a-f-]{36}$/);
    await page.getByRole('link', { name: `F2-${mark}` }).waitFor();
    expect((await api('GET', `/units?partId=${partId}`)).items).toHaveLength(2);
  }, 120_000);

  test('a change that somebody else was faster with says what is different, keeps what was typed, and is saved', async () => {
    const mark = newId().slice(-6);
    const site = await api('POST', '/locations', { code: `C-${mark}`, name: 'Old name', kind: 'site' });
    await go(`/spares/locations/${site.id}/edit`);
    await page.getByLabel('Name', { exact: true }).fill('My name');
    await api('PATCH', `/locations/${site.id}`, { name: 'Their name', code: `D-${mark}` }, site.version);
    await press('Save');
    await page.getByRole('button', { name: 'Take the newest' }).waitFor();
    const told = await page.getByRole('alert').innerText();
    expect(told).toContain(`Code is now D-${mark}`);
    expect(told).toMatch(/Name is now Their name · you typed My name/);
    expect(await page.getByLabel('Code').inputValue(), 'not touched here: the newest').toBe(`D-${mark}`);
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('My name');
    expect(await seriousFindings(page)).toEqual([]);
    await press('Save');
    await page.waitForURL(/at=/);
    expect(await api('GET', `/locations/${site.id}`)).toMatchObject({ code: `D-${mark}`, name: 'My name' });
  }, 120_000);

  test('a repository, and a set in it that another tool fills', async () => {
    const mark = newId().slice(-6);
    await api('POST', '/teams', { name: `Operations ${mark}` });
    await go('/backups/repositories/new');
    await page.getByRole('textbox').first().fill(`Disk ${mark}`);
    await page.locator('input#root').fill(join(served.runtime.config.dataDirectory, `disk-${mark}`));
    await press('Add');
    await page.waitForURL(/repositories\/[0-9a-f-]{36}$/);
    const repositoryId = idOf();
    await go(`/backups/sets/new?repository=${repositoryId}`);
    await page.getByText(`Disk ${mark}`).waitFor();
    await page.getByRole('textbox').first().fill(`app-${mark}`);
    await page.getByLabel('Pattern of its paths').fill('db/app-%Y%m%d.dump');
    await choose('Owner', `Operations ${mark}`);
    await page.getByLabel('Schedule').fill('0 2 * * *');
    await press('Add');
    await page.waitForURL(/sets\/[0-9a-f-]{36}$/);
    const set = await api('GET', `/backup-sets/${idOf()}`);
    expect(set).toMatchObject({ name: `app-${mark}`, repositoryId, external: { pattern: 'db/app-%Y%m%d.dump' } });
    expect(watched.complaints).toEqual([]);
  }, 120_000);
});
