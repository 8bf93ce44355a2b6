/** Ends the session, and leaves nothing of it in this tab. */
export async function signOut(): Promise<void> {
  await fetch('/sign-out', { method: 'POST', redirect: 'manual' });
  location.assign('/');
}
