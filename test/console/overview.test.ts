import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import chromium from '@sparticuz/chromium';
import { type Browser, chromium as playwright } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signInLink } from '../../src/cli/sign-in-link.ts';
import { openDrills } from '../../src/composition/drill-definitions.ts';
import { proveRecovery } from '../../src/composition/first-proof.ts';
import { layFoundations } from '../../src/composition/first-start.ts';
import { openRuntime, type Runtime } from '../../src/composition/runtime.ts';
import { type Service, startService } from '../../src/composition/service.ts';
import { readConfig } from '../../src/config.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { testLog } from '../support/log.ts';

describe('the overview in a browser', () => {
  let data: string;
  let runtime: Runtime;
  let service: Service;
  let browser: Browser;
  let administratorsId: string;

  beforeAll(async () => {
    data = await mkdtemp(join(tmpdir(), 'muster-o-'));
    const config = readConfig({ MUSTER_DATA: data, MUSTER_PORT: '0' }, data);
    const options = { config, log: testLog, clock: systemClock, mode: 'own' as const, onDatabaseLost: () => {} };
    runtime = await openRuntime(options);
    const catalogue = await openDrills();
    const foundations = await layFoundations(runtime, catalogue.current());
    administratorsId = foundations.administratorsId;
    service = await startService(runtime, catalogue, { serve: true, tags: ['default'] });
    const { signal } = new AbortController();
    const { backupSet } = foundations;
    const silent = () => {};
    await proveRecovery({
      runtime,
      dependencies: service.dependencies,
      backupSet,
      signal,
      onProgress: silent,
      onFailure: silent,
    });
    browser = await playwright.launch({
      executablePath: await chromium.executablePath(),
      args: ['--no-sandbox', '--disable-gpu'],
    });
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await service?.stop();
    await runtime?.close();
    await rm(data, { recursive: true, force: true });
  });

  test('opens with a link that works once, and shows what was backed up, restored and not proven', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    const hosts = new Set<string>();
    page.on('request', (request) => hosts.add(new URL(request.url()).host));

    const link = await signInLink(runtime.db, service.url, administratorsId);
    await page.goto(link);
    await page.getByRole('button').click();
    await page.waitForURL(`${service.url}/`);

    const text = await page.locator('main').innerText();
    expect(text).toContain('procedure passed');
    expect(text).toMatch(/one byte changed in a copy: found in \S+ at offset \d+/);
    expect(text).toMatch(/(\d+) of \1 tables equal in rows and content/);
    expect(text).toContain('Example targets, not your commitment');
    expect(text).toContain('The loss of this host');

    await page.getByRole('link', { name: 'Full report' }).click();
    await page.waitForURL(/report\.html$/);
    expect(await page.locator('h1').innerText()).toContain("Muster's own database");
    await page.goto(`${service.url}/api/docs`);
    expect(await page.locator('main').innerText()).toContain('/drill-runs/{id}');

    expect([...hosts]).toEqual([new URL(service.url).host]);
    expect(complaints).toEqual([]);

    const second = await (await browser.newContext()).newPage();
    await second.goto(link);
    await second.getByRole('button').click();
    expect(await second.locator('main').innerText()).toContain('used already');
  });

  test('shows nothing to somebody who is not signed in', async () => {
    const page = await (await browser.newContext()).newPage();
    const answer = await page.goto(`${service.url}/`);
    expect(answer?.status()).toBe(401);
    expect(await page.locator('main').innerText()).toContain('Sign in');
  });
});
