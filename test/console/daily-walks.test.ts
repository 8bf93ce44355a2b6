import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SYSTEM_ACTOR } from '../../src/audit/entry.ts';
import { createPrincipal } from '../../src/auth/principal.store.ts';
import { createToken } from '../../src/auth/token.store.ts';
import { newSecret } from '../../src/kernel/ids.ts';
import { type Api, apiOf } from '../system/api.ts';
import { seriousFindings, watchedPage } from './browser.ts';
import { followReason, keepDamagedBackup, readFinding, readInChinese, watchCheck } from './damaged-backup-walk.ts';
import { fillStoreroom, handOutTwice, scanBack, scanOut, swap, takeInstead } from './desk-walk.ts';
import { type Served, serveConsole } from './served.ts';

const ORIGIN = { actor: SYSTEM_ACTOR };

describe('what is done in the console every day', () => {
  let served: Served;
  let root: string;
  let api: Api;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'mdw-'));
    served = await serveConsole();
    const token = { principalId: served.foundations.administratorsId, name: 'data of a test', expiresAt: null };
    api = apiOf(served.url, (await served.runtime.db.transaction((tx) => createToken(tx, token, ORIGIN))).secret);
  }, 120_000);
  afterAll(async () => {
    await served?.close();
    await rm(root, { recursive: true, force: true });
  });

  /** Every check-out of a holder, the newest first, with the serials of its lines and what became of them. */
  async function handedOutTo(holderId: string): Promise<string[][]> {
    const { items } = await api.get<{ items: { id: string }[] }>(`/checkouts?holderId=${holderId}`);
    type Lines = { lines: { unit: { serial: string }; state: string }[] };
    const all = await Promise.all(items.map(({ id }) => api.get<Lines>(`/checkouts/${id}`)));
    return all.map(({ lines }) => lines.map(({ unit, state }) => `${unit.serial} ${state}`).toSorted());
  }

  test('an asset manager hands out, takes back and swaps by scanner; the last spare is refused; nothing is lost or done twice', async () => {
    const store = await fillStoreroom(api);
    const name = `Store keeper ${newSecret().slice(0, 6)}`;
    const { id } = await served.runtime.db.transaction((tx) =>
      createPrincipal(tx, { kind: 'person', name, roles: ['asset-manager'] }, ORIGIN),
    );
    const window = await served.signIn({}, id);
    const { page, complaints } = await watchedPage(window, served.url, [404, 409]);
    await scanOut(page, served.url, store);
    await takeInstead(page, store);
    await handOutTwice(page, store);
    await page.setViewportSize({ width: 390, height: 844 });
    await scanBack(page, store);
    await swap(page, store);
    expect(await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    const [first, second, third] = store.supplies;
    expect(await handedOutTo(store.holder.id)).toEqual([
      [`${third} issued`],
      [`${store.otherFan} issued`, `${first} returned`, `${second} returned`],
    ]);
    expect(complaints).toEqual([]);
    await window.close();
  }, 90_000);

  test('a damaged backup is seen while it is checked, read with its place, and told as the reason of its service', async () => {
    const backup = await keepDamagedBackup(api, join(root, newSecret()), served.foundations.administratorsId);
    const { page, complaints } = await watchedPage(served.context, served.url);
    await watchCheck(page, served.url, backup);
    await readFinding(page, backup);
    await followReason(page, served.url, backup);
    expect(complaints).toEqual([]);
    const window = await served.signIn({ locale: 'zh-CN', colorScheme: 'dark' });
    const chinese = await watchedPage(window, served.url);
    await chinese.page.goto(page.url());
    await readInChinese(chinese.page, backup);
    await chinese.page.goto(`${served.url}/`);
    await chinese.page.getByRole('link', { name: '没有经检查完好的恢复点' }).first().waitFor();
    expect(await seriousFindings(chinese.page)).toEqual([]);
    expect(chinese.complaints).toEqual([]);
    await page.close();
    await window.close();
  }, 90_000);
});
