import type { Page } from 'playwright-core';
import { expect } from 'vitest';

const PASSWORD = 'three words and more';

interface Named {
  readonly name: string;
}

/** What an administrator does for somebody new: adds them, and makes a link that is shown once. Answers the link. */
export async function addPerson(page: Page, base: string, name: string): Promise<string> {
  await page.goto(`${base}/people/new`);
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('E-mail', { exact: true }).fill(`${name.replaceAll(' ', '.')}@example.test`);
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByRole('heading', { level: 1, name }).waitFor();
  await page.getByRole('button', { name: 'Make a sign-in link' }).click();
  const link = await page.getByText('/sign-in?token=').innerText();
  await page.getByRole('button', { name: 'I have kept it: close' }).click();
  await expect.poll(() => page.getByText('/sign-in?token=').count()).toBe(0);
  return link.trim();
}

/** What they do then: open the link, and set the password that the console asks for. */
export async function setPassword(page: Page, base: string, { name, link }: Named & { link: string }): Promise<void> {
  await page.goto(link);
  await page.getByRole('button').click();
  await page.waitForURL(`${base}/`);
  await page.getByRole('link', { name: 'Set a password' }).click();
  const save = async (password: string) => {
    await page.getByLabel('New password', { exact: true }).fill(password);
    await page.getByLabel('New password again').fill(password);
    await page.getByRole('button', { name: 'Save the password' }).click();
  };
  await save(`${name} and more`);
  await page.getByText('must not contain your name').waitFor();
  await save(PASSWORD);
  await page.waitForURL(`${base}/account`);
  await page.getByText('A password is set.').waitFor();
  expect(await page.getByText('You came by a link').count()).toBe(0);
}

/** Makes a token and revokes it, then signs out everywhere. */
export async function useAccount(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'New token' }).click();
  await page.getByLabel('What it is for').fill('a script');
  await page.getByRole('button', { name: 'Make the token' }).click();
  await page.getByText(/^muster_[\w-]{43}$/).waitFor();
  await page.getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('button', { name: 'Yes', exact: true }).click();
  await page.getByText('revoked', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Sign out everywhere' }).click();
  await page.getByRole('button', { name: 'Yes', exact: true }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
}

/** Signs in wrongly until there is a wait, at an address that is for those who are signed in. */
export async function beLockedOut(page: Page, base: string): Promise<void> {
  await page.goto(`${base}/people`);
  const tryIt = async () => {
    await page.getByLabel('Name or e-mail address').fill('nobody');
    await page.getByLabel('Password', { exact: true }).fill('wrong');
    const answer = page.waitForResponse((response) => response.url().endsWith('/session'));
    await page.getByRole('button', { name: 'Sign in' }).click();
    return (await answer).status();
  };
  for (let count = 0; count < 5; count += 1) expect(await tryIt()).toBe(401);
  await page.getByText('Name and password do not go together').waitFor();
  expect(await page.getByLabel('Name or e-mail address').inputValue()).toBe('nobody');
  expect(await tryIt()).toBe(429);
  await page.getByRole('button', { name: /Wait \d+ s$/ }).waitFor();
}

/** Signs in by password, without regard to case, at the address that was meant. */
export async function signInByPassword(page: Page, base: string, { name }: Named): Promise<void> {
  await page.goto(`${base}/account`);
  await page.getByLabel('Name or e-mail address').fill(name.toUpperCase());
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'My account' }).waitFor();
}
