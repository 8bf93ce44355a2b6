import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SYSTEM_ACTOR } from '../../src/audit/entry.ts';
import { createPrincipal } from '../../src/auth/principal.store.ts';
import { signInLink } from '../../src/cli/sign-in-link.ts';
import { proveRecovery } from '../../src/composition/first-proof.ts';
import type { Runtime } from '../../src/composition/runtime.ts';
import type { Service } from '../../src/composition/service.ts';
import { newSecret } from '../../src/kernel/ids.ts';
import { addPerson, beLockedOut, setPassword, signInByPassword, useAccount } from './account-walk.ts';
import { seriousFindings, signedIn, watchedPage } from './browser.ts';
import { type Served, serveConsole } from './served.ts';

/** Every page that the menu leads to. */
const PAGES = [
  '/',
  '/services',
  '/services/new',
  '/spares',
  '/storeroom/stocktakes',
  '/storeroom/imports',
  '/storeroom/labels',
  '/storeroom/exports',
  '/spares/parts/new',
  '/spares/kits',
  '/licences',
  '/licences/entitlements/new',
  '/backups',
  '/backups/captured-sets/new',
  '/drills',
  '/audit',
  '/audit/seals',
  '/incidents',
  '/incidents/new',
  '/incidents/reviews',
  '/incidents/actions',
  '/incidents/attainment',
  '/incidents/process-reviews',
  '/alerts',
  '/alerts/on-call',
  '/alerts/plans',
  '/alerts/silences',
  '/alerts/rules',
  '/people',
  '/people/new',
  '/settings',
  '/settings/schedules',
  '/settings/sla-policy',
  '/account',
  '/account/password',
];

const LOOKS = [
  { locale: 'en-GB', colorScheme: 'light', viewport: { width: 1280, height: 860 } },
  { locale: 'zh-CN', colorScheme: 'dark', viewport: { width: 390, height: 844 } },
] as const;

/** What a first visit may load, packed, before anything is drawn with charts. */
const FIRST_VISIT_BYTES_MAX = 350_000;

describe('the console in a browser', () => {
  let served: Served;
  let runtime: Runtime;
  let service: Service;
  let browser: Browser;
  let administratorsId: string;
  let context: BrowserContext;

  beforeAll(async () => {
    served = await serveConsole();
    ({ runtime, service, browser, context } = served);
    administratorsId = served.foundations.administratorsId;
    const { signal } = new AbortController();
    const silent = () => {};
    await proveRecovery({
      runtime,
      dependencies: service.dependencies,
      backupSet: served.foundations.backupSet,
      signal,
      onProgress: silent,
      onFailure: silent,
    });
  }, 120_000);

  afterAll(() => served?.close());

  test('opens with a link that works once', async () => {
    const link = await signInLink(runtime.db, service.url, administratorsId);
    await (await signedIn(browser, service.url, link)).close();
    const second = await (await browser.newContext()).newPage();
    await second.goto(link);
    await second.getByRole('button').click();
    expect(await second.locator('main').innerText()).toContain('used already');
  });

  test('tells over the API what Muster itself has backed up and restored, and what that does not prove', async () => {
    const overview = await (await context.request.get(`${service.url}/api/v1/overview`)).json();
    expect(overview.point).toMatchObject({ verdict: 'sound', digest: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(overview.selfTest.summary).toMatch(/^one byte changed in a copy: found in \S+ at offset \d+/);
    expect(overview).toMatchObject({ run: { drill: 'muster-database', status: 'completed' }, examplePolicy: true });
    const { report } = overview;
    expect(report.verdicts.procedure.outcome).toBe('passed');
    expect(report.headline).toMatchObject({ result: 'met', rtoSeconds: 14_400 });
    expect(report.validation.tablesEqual).toBe(report.validation.tablesCompared);
    expect(report.policyNotice).toContain('xample targets, not your commitment');
    expect(report.notProven.join()).toContain('The loss of this host');
    expect(Date.parse(overview.nextBackupAt)).toBeGreaterThan(Date.now());
    expect(overview.nextThings.length).toBeGreaterThan(0);
  });

  test('says on its first page which services could be recovered, and what Muster itself proves', async () => {
    const { page, complaints } = await watchedPage(context, service.url);
    await page.goto(`${service.url}/`);
    await page.getByRole('heading', { name: 'Muster itself' }).waitFor();
    const card = page.getByRole('article', { name: 'Muster' });
    await card.getByText('Nobody has committed to targets', { exact: true }).waitFor();
    await card.getByRole('img', { name: /^Technical RTA: \S.* of 4 h$/ }).waitFor();
    await page.getByText(/^one byte changed in a copy: found in \S+ at offset \d+/).waitFor();
    const text = await page.locator('main').innerText();
    expect(text).toContain('Procedure passed');
    expect(text).toMatch(/(\d+) of \1 tables equal in rows and content/);
    expect(text).toContain('xample targets, not your commitment');
    expect(text).toContain('The loss of this host');
    await page
      .getByRole('link', { name: /^Not assessed/ })
      .first()
      .click();
    await page.waitForURL(/conclusion=not-assessed/);
    await card.getByRole('link', { name: 'Muster', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'Muster' }).waitFor();
    await page.getByText('It depends on no other service.').waitFor();
    await page.getByRole('region', { name: 'Drills that recover it' }).getByRole('link').click();
    await page.waitForURL(/\/drills\/definitions\/muster-database$/);
    await page.goBack();
    await page.getByRole('region', { name: 'Recovery points' }).getByRole('link', { name: 'muster-database' }).click();
    await page.getByRole('heading', { level: 1, name: 'muster-database' }).waitFor();
    await page.goBack();
    await page.getByText('It depends on no other service.').waitFor();
    await page.goBack();
    await page.getByRole('link', { name: 'Full report' }).click();
    await page.waitForURL(/report\.html$/);
    expect(await page.locator('h1').innerText()).toContain("Muster's own database");
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('asks whoever is not signed in to sign in, at any address, and shows nothing else', async () => {
    const { page, complaints } = await watchedPage(await browser.newContext(), service.url, [401]);
    await page.goto(`${service.url}/drills`);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await page.getByRole('navigation').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test.each(LOOKS)(
    'has no page with an error, a failed request, another host or a serious obstacle, in $locale, $colorScheme',
    async (look) => {
      const looking = await served.signIn(look);
      const { page, complaints } = await watchedPage(looking, service.url);
      const [first] = (await (await looking.request.get(`${service.url}/api/v1/services`)).json()).items;
      for (const path of [...PAGES, `/services/${first.id}`]) {
        await page.goto(service.url + path);
        await page.getByRole('heading', { level: 1 }).waitFor();
        await page.waitForLoadState('networkidle');
        expect(await seriousFindings(page), path).toEqual([]);
        const wide = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
        expect(wide, `${path} is wider than the screen`).toBeLessThanOrEqual(0);
      }
      expect(complaints).toEqual([]);
      await looking.close();
    },
    240_000,
  );

  test('lets a new person in by a link, takes their password from then on, and has those wait who guess', async () => {
    await runtime.db.execute('DELETE FROM sign_in_limit');
    const name = `Lin Wei ${newSecret().slice(0, 6)}`;
    const administrator = await watchedPage(context, service.url);
    const link = await addPerson(administrator.page, service.url, name);
    expect(administrator.complaints).toEqual([]);
    await administrator.page.close();
    const theirs = await browser.newContext({ locale: 'en-GB' });
    const { page, complaints } = await watchedPage(theirs, service.url, [400, 401, 429]);
    await setPassword(page, service.url, { name, link });
    await useAccount(page);
    await signInByPassword(page, service.url, { name });
    expect(await seriousFindings(page)).toEqual([]);
    await theirs.clearCookies();
    await beLockedOut(page, service.url);
    expect(await seriousFindings(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await theirs.close();
  }, 120_000);

  test('shows whoever may only look no more than a list of people', async () => {
    const wanted = { kind: 'team', name: `lookers ${newSecret().slice(0, 6)}`, roles: ['viewer'] } as const;
    const { id } = await runtime.db.transaction((tx) => createPrincipal(tx, wanted, { actor: SYSTEM_ACTOR }));
    const looking = await served.signIn({}, id);
    const { page, complaints } = await watchedPage(looking, service.url);
    await page.goto(`${service.url}/people`);
    await page.getByRole('heading', { name: 'People' }).waitFor();
    await page.getByRole('table').waitFor();
    expect(await page.getByRole('button', { name: 'Add a person' }).count()).toBe(0);
    const [person] = await runtime.db.rows<{ id: string }>('SELECT id FROM person LIMIT 1');
    if (person) {
      await page.goto(`${service.url}/people/${person.id}`);
      await page.getByText('In the register since').waitFor();
      for (const name of ['Change', 'Disable', 'Make a sign-in link', 'End all sessions']) {
        expect(await page.getByRole('button', { name, exact: true }).count(), name).toBe(0);
      }
    }
    expect(complaints).toEqual([]);
    await looking.close();
  }, 60_000);

  test('starts a drill, shows it as it goes, and what came of it, with the report and sound evidence', async () => {
    const { page, complaints } = await watchedPage(context, service.url);
    await page.goto(`${service.url}/drills`);
    await page.getByRole('link', { name: 'muster-database' }).click();
    await page.getByRole('button', { name: 'Run now' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Run' }).click();
    await page.waitForURL(/\/drills\/runs\/[0-9a-f-]{36}$/);
    await page.getByRole('heading', { name: 'As it goes' }).waitFor();
    await page.getByText('of 4 h (RTO)').waitFor();
    await page.getByRole('heading', { name: 'Outcome' }).waitFor({ timeout: 120_000 });
    const text = await page.locator('main').innerText();
    expect(text).toContain('restored and validated inside the required targets');
    expect(text).toContain('example, not your commitment');
    await page.getByText('The loss of this host').waitFor();
    await page.getByText('sandbox removed').first().waitFor();
    await page.getByRole('button', { name: 'Check now' }).click();
    await page.getByText('Nothing was found').waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole('link', { name: 'Definition' }).click();
    await page.getByRole('img', { name: /Technical RTA/ }).waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    for (const name of ['Drills', 'Runs', 'Calendar']) {
      await page.getByRole('main').getByRole('link', { name, exact: true }).click();
      await page
        .getByRole('link', { name: /muster-database/ })
        .or(page.getByText('muster-database'))
        .first()
        .waitFor();
      expect(await seriousFindings(page), name).toEqual([]);
    }
    expect(complaints).toEqual([]);
    await page.close();
  }, 180_000);

  test('comes to a new visitor in few bytes', async () => {
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send('Network.enable');
    await session.send('Network.setCacheDisabled', { cacheDisabled: true });
    let bytes = 0;
    session.on('Network.loadingFinished', ({ encodedDataLength }) => {
      bytes += encodedDataLength;
    });
    await page.goto(`${service.url}/`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.waitForLoadState('networkidle');
    expect(bytes).toBeGreaterThan(50_000);
    expect(bytes).toBeLessThan(FIRST_VISIT_BYTES_MAX);
    await page.close();
  });
});
