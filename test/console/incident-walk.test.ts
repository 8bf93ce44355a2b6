import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seriousFindings, watchedPage } from './browser.ts';
import { type Served, serveConsole } from './served.ts';

const API = '/api/v1';

describe('an incident from its receipt to its review, in a real browser', () => {
  let served: Served;
  let handler: BrowserContext;
  let manager: BrowserContext;
  let teamId = '';
  let tries = 0;

  beforeAll(async () => {
    served = await serveConsole();
    const { context, url } = served;
    const post = async (path: string, data: object) => {
      const answer = await context.request.post(`${url}${API}${path}`, { data, headers: { origin: url } });
      expect([path, answer.status(), await answer.text()]).toEqual([path, 201, expect.anything()]);
      return (await answer.json()) as { readonly id: string };
    };
    const person = async (name: string, roles: string[]) => {
      const email = `${name.toLowerCase().replaceAll(' ', '.')}@example.test`;
      return (await post('/persons', { name, email, roles })).id;
    };
    const handlerId = await person('Walk Operator', ['operator']);
    const managerId = await person('Walk Manager', ['operator', 'admin']);
    teamId = (await post('/teams', { name: 'Walk databases', members: [handlerId], roles: [] })).id;
    handler = await served.signIn({}, handlerId);
    manager = await served.signIn({ viewport: { width: 390, height: 844 } }, managerId);
  }, 120_000);

  afterAll(() => served?.close());

  test('goes through its stages, is reviewed, and the review is approved by somebody else', async () => {
    const { page, complaints } = await watchedPage(handler, served.url, [409]);
    tries += 1;
    const title = `The order database does not answer (${tries})`;
    const address = await receive(page, served.url, title);
    await untilHandled(page);
    await untilResolved(page);
    await explained(page, address);
    await reviewed(page, address);
    // Whoever wrote it is not offered to approve it; another person is, and does so on a phone.
    expect(await page.getByRole('button', { name: 'Approve the review' }).count()).toBe(0);
    await approved(await watchedPage(manager, served.url), served.url, title);
    await page.reload();
    await page.getByText('Walk Manager').first().waitFor();
    await found(page, `${served.url}/incidents?view=table&state=closed&team=${teamId}`, title);
    expect(complaints).toEqual([]);
  }, 180_000);
});

/** Chooses from a list that opens below its field. */
async function choose(page: Page, label: string, option: string): Promise<void> {
  await page.getByLabel(label, { exact: true }).click();
  await page.getByTitle(option, { exact: true }).last().click();
}

/** Opens the dialog of an act, fills it, sends it, and waits until it is done. */
async function act(page: Page, name: string, go: string, fill: () => Promise<void> = async () => {}): Promise<void> {
  await page.getByRole('button', { name, exact: true }).click();
  await page.getByRole('dialog').waitFor();
  await fill();
  await page.getByRole('dialog').getByRole('button', { name: go, exact: true }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}

async function receive(page: Page, base: string, title: string): Promise<string> {
  await page.goto(`${base}/incidents/new`);
  await page.getByRole('radio', { name: 'Emergency' }).check();
  await page.getByLabel('What it is about').fill(title);
  await page.getByLabel('Reported by').fill('Night shift, extension 4711');
  await page.getByLabel('Symptom').fill('Every order times out');
  await page.getByRole('button', { name: 'Receive it' }).click();
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
  const address = page.url();
  await page.goto(`${base}/incidents`);
  await page
    .getByRole('region', { name: /^Receive 1$/ })
    .getByRole('link', { name: title })
    .click();
  return address;
}

async function untilHandled(page: Page): Promise<void> {
  await act(page, 'Take it up', 'Take it up');
  // What the severity asks for is named before anybody is refused for it.
  await page.getByText('Emergency asks for what is not known yet: How often it shows, Whom it concerns').waitFor();
  await act(page, 'Enter facts', 'Save', async () => {
    await choose(page, 'How often it shows', 'All the time');
    await choose(page, 'Whom it concerns', 'Everybody');
  });
  await act(page, 'Recorded', 'Recorded');
  await act(page, 'Classify', 'Classify', async () => {
    await page.getByText('The rules propose:').waitFor();
    await page.getByRole('radio', { name: 'Emergency' }).check();
    const reason = page.getByLabel(/^Why it is classified so/);
    await reason.fill('Nobody can order');
  });
  await act(page, 'Hand over', 'Hand over', async () => {
    await choose(page, 'Team', 'Walk databases');
    await page.getByLabel('Why it goes there, and what they should know').fill('The database is theirs');
  });
  await page.getByText('Before it can be resolved: speak to the customer, enter a plan, verify that it runs').waitFor();
}

async function untilResolved(page: Page): Promise<void> {
  await refusedOnce(page);
  await act(page, 'Record a contact', 'Save', async () => {
    await page.getByLabel('Who was reached').fill('Night shift');
    await page.getByLabel('What was said').fill('We are on it');
  });
  await act(page, 'Enter a plan', 'Save', async () => {
    await page.getByLabel('What is to be done, by whom, in which order').fill('Exchange the controller');
  });
  await act(page, 'Go on', 'Go on', () => page.getByText('Implementing', { exact: true }).click());
  await act(page, 'Verify', 'Save', async () => {
    await page.getByRole('radio', { name: 'It runs again' }).check();
    await page.getByLabel('Who has verified it').fill('Lin Wei');
    await page.getByLabel('What was looked at').fill('Ten orders were placed');
  });
  await page.getByText('All that must have happened before it is resolved has happened.').waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await act(page, 'Resolve', 'Resolve', () => page.getByLabel('What was done, or answered').fill('Exchanged'));
  await act(page, 'Close the incident', 'Close the incident', async () => {
    await page.getByLabel('Who was reached').fill('Night shift');
    await page.getByLabel('What was said').fill('Orders run again; they agree');
    await page.getByRole('radio', { name: 'Satisfied', exact: true }).check();
  });
}

/** What is refused says why, and nothing that was typed is lost. */
async function refusedOnce(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Resolve', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('What was done, or answered').fill('Too early');
  await dialog.getByRole('button', { name: 'Resolve' }).click();
  await dialog.getByText(/is not over: nobody was spoken to/).waitFor();
  expect(await dialog.getByLabel('What was done, or answered').inputValue()).toBe('Too early');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialog.waitFor({ state: 'detached' });
}

/** Its clocks have stopped, and each explains itself. */
async function explained(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await page.getByRole('region', { name: 'Clocks' }).getByRole('link', { name: 'Recover' }).click();
  await page.getByRole('heading', { name: 'How the due time comes about' }).waitFor();
  await page.getByText('Every hour of every day counts, except while the clock stands still.').waitFor();
  await page.getByText('kept', { exact: true }).waitFor();
  expect(await seriousFindings(page)).toEqual([]);
}

async function reviewed(page: Page, address: string): Promise<void> {
  await page.goto(`${address}?tab=review`);
  await page.getByRole('button', { name: 'Begin the review' }).click();
  await page.getByLabel('Cause', { exact: true }).fill('The controller failed');
  await page.getByLabel('What went well').fill('The customer knew within minutes');
  await page.getByLabel('What went badly').fill('Its spare came late');
  await page.getByRole('button', { name: 'Save the draft' }).click();
  await page.getByRole('status').getByText('Saved').waitFor();
  await act(page, 'New action', 'Save', async () => {
    await page.getByLabel('What is to be put right').fill('Order a second controller');
    await choose(page, 'Owner', 'Walk Operator (person)');
  });
  await page.getByText('Order a second controller').waitFor();
}

async function approved(
  { page, complaints }: Awaited<ReturnType<typeof watchedPage>>,
  base: string,
  title: string,
): Promise<void> {
  await page.goto(`${base}/incidents/reviews`);
  const missing = page.getByRole('region', { name: 'Emergencies without an approved review' });
  await missing.getByRole('link', { name: title }).click();
  await page.getByRole('button', { name: 'Approve the review' }).click();
  await page.getByRole('button', { name: 'Yes', exact: true }).click();
  await page.getByText(/^SHA-256 [0-9a-f]{64}$/).waitFor();
  // On a phone nothing is wider than the page.
  expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);
  expect(await seriousFindings(page)).toEqual([]);
  expect(complaints).toEqual([]);
}

/** In the table of closed ones, which leads to the board of open ones and back. */
async function found(page: Page, table: string, title: string): Promise<void> {
  await page.goto(table);
  await page.getByRole('link', { name: title }).waitFor();
  await page.getByRole('link', { name: 'Show open ones as a board' }).click();
  await page.getByRole('heading', { name: 'Incidents', level: 1 }).waitFor();
  await page.getByText('Show all as a table').waitFor();
  expect(await page.getByRole('link', { name: title }).count()).toBe(0);
  await page.goBack();
  await page.getByRole('link', { name: title }).waitFor();
}
