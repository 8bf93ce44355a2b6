import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { flipByte } from '../../scripts/demo/archives.ts';
import { newSecret } from '../../src/kernel/ids.ts';
import type { Api } from '../system/api.ts';
import { zipOf } from '../verification/support/zip-making.ts';
import { seriousFindings } from './browser.ts';

/** A backup of another tool that a disk has damaged, where it lies, and the service that depends on it. */
export interface DamagedBackup {
  readonly file: string;
  readonly entry: string;
  readonly repositoryId: string;
  readonly setName: string;
  readonly serviceName: string;
}

interface Id {
  readonly id: string;
}

/** Read at this pace it takes some seconds, whatever the machine. */
const BYTES_PER_SECOND_MAX = 1_000_000;
const ENTRY_BYTES = 1_000_000;

/**
 * Writes an archive with one byte changed, and what a full disk left the day before, which nobody has listed yet.
 * @param root a directory for this repository alone.
 */
export async function keepDamagedBackup(api: Api, root: string, ownerId: string): Promise<DamagedBackup> {
  const mark = newSecret()
    .slice(0, 6)
    .replaceAll(/[^a-z0-9]/gi, 'x')
    .toLowerCase();
  await mkdir(root, { recursive: true });
  const file = 'orders-2026-01-02.zip';
  // The byte in the middle lies in the content of the entry in the middle.
  const names = ['orders/1.csv', 'orders/2.csv', 'orders/3.csv', 'orders/4.csv', 'orders/5.csv'] as const;
  const [, , entry] = names;
  await writeFile(join(root, file), zipOf(names.map((name) => ({ name, data: randomBytes(ENTRY_BYTES) }))));
  await flipByte(join(root, file));
  await writeFile(join(root, 'orders-2026-01-01.zip'), 'error: no space left on device\n');
  const repository = await api.post<Id>('/repositories', {
    ...{ name: `File server ${mark}`, root, bytesPerSecondMax: BYTES_PER_SECOND_MAX },
  });
  const setName = `orders-${mark}`;
  const set = await api.post<Id>('/backup-sets', {
    ...{ name: setName, repositoryId: repository.id, ownerId, zone: 'UTC', pattern: 'orders-%Y-%m-%d.zip' },
    ...{ rpoSeconds: 86_400, settleSeconds: 1 },
  });
  const serviceName = `Orders ${mark}`;
  const service = { name: serviceName, criticality: 'emergency', ownerId, maxProofAgeDays: 90, backupSets: [set.id] };
  await api.post('/services', service);
  return { file, entry, repositoryId: repository.id, setName, serviceName };
}

const region = (page: Page, name: string) => page.getByRole('region', { name });

/** Has the repository listed, and sees the check of what was found as it goes, until it ends. */
export async function watchCheck(page: Page, url: string, { file, ...backup }: DamagedBackup): Promise<void> {
  await page.goto(`${url}/backups/repositories/${backup.repositoryId}`);
  await region(page, 'Checks').getByText('Nothing in this repository was checked yet').waitFor();
  const running = region(page, 'Checks under way');
  const bar = running.getByRole('progressbar', { name: `Progress of the check of ${file}` });
  // A file is entered when a second look finds it as the first one did; the first look may be this one.
  await expect
    .poll(
      async () => {
        await page.getByRole('button', { name: 'List it now' }).click();
        return bar.waitFor({ timeout: 3000 }).then(
          () => true,
          () => false,
        );
      },
      { timeout: 30_000 },
    )
    .toBe(true);
  await running.getByText(/^[1-4]\.\d MiB of 4\.8 MiB · .*\/s · /).waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  const checks = region(page, 'Checks').getByRole('row');
  for (const name of [file, 'orders-2026-01-01.zip']) {
    await checks.filter({ hasText: name }).getByText('Damaged').waitFor();
  }
  await running.waitFor({ state: 'detached' });
  const row = region(page, 'How long damage could hide').getByRole('row', { name: backup.setName });
  await row.getByText('Longer than retention', { exact: true }).waitFor();
}

/** Opens the point that was found damaged, and reads what is wrong and where. */
export async function readFinding(page: Page, { file, entry, setName }: DamagedBackup): Promise<void> {
  await region(page, 'Checks').getByRole('link', { name: file }).click();
  await page.waitForURL(/\/backups\/points\//);
  await region(page, 'State').getByText('Damaged', { exact: true }).waitFor();
  const finding = region(page, 'Checks').getByRole('listitem').filter({ hasText: 'Corrupt' }).last();
  const facts = (await finding.locator('dl').first().innerText()).split('\n');
  expect(facts).toEqual(expect.arrayContaining(['File', file, 'Entry', entry, 'Byte']));
  expect(facts[facts.indexOf('Byte') + 1]).toMatch(/^2,00\d,\d{3}/);
  expect(await seriousFindings(page)).toEqual([]);
  await page.getByRole('main').getByRole('link', { name: setName }).click();
  await region(page, 'State').getByText('No recovery point was found sound yet').waitFor();
  await region(page, 'State').getByText('Longer than retention', { exact: true }).waitFor();
}

/** Finds the service among those that cannot be recovered, and comes by its reason to the set. */
export async function followReason(page: Page, url: string, { setName, serviceName }: DamagedBackup): Promise<void> {
  const follow = async () => {
    await page.getByRole('link', { name: 'No recovery point was found sound' }).click();
    await page.getByRole('heading', { level: 1, name: setName }).waitFor();
    await page.goBack();
  };
  await page.goto(`${url}/?conclusion=not-ready`);
  const card = page.getByRole('article', { name: serviceName });
  await card.getByText('Not ready', { exact: true }).waitFor();
  await card.getByRole('link', { name: 'No recovery point was found sound' }).waitFor();
  await card.getByRole('link', { name: serviceName, exact: true }).click();
  await page.getByRole('heading', { level: 1, name: serviceName }).waitFor();
  await follow();
  await region(page, 'Recovery points').getByRole('link', { name: 'Newest point' }).click();
  await page.getByRole('heading', { level: 1, name: /^Recovery point of/ }).waitFor();
}

/** The same finding and reason in Chinese. @param page of a browser that asks for Chinese, on the page of the point. */
export async function readInChinese(page: Page, { file, entry }: DamagedBackup): Promise<void> {
  const checks = region(page, '检查');
  await region(page, '状态').getByText('损坏', { exact: true }).waitFor();
  const facts = await checks.locator('dl').last().innerText();
  expect(facts.split('\n')).toEqual(expect.arrayContaining(['文件', file, '条目', entry, '字节']));
  expect(await page.evaluate<string>('getComputedStyle(document.body).colorScheme')).toBe('dark');
  expect(await seriousFindings(page)).toEqual([]);
}
