/** What the advice depends on. */
export interface Circumstances {
  readonly examplePolicy: boolean;
  /** Data and backups lie on one disk. */
  readonly sharesDisk: boolean;
}

/** At most three. */
const THINGS_MAX = 3;

/** The next things to do, the most urgent first. Each names the command or call that does it. */
export function nextThings({ examplePolicy, sharesDisk }: Circumstances): string[] {
  const things = [
    sharesDisk && 'Put the backups on another disk: set MUSTER_BACKUP_DIR and start again',
    'Keep the keys elsewhere: npx muster key export --to FILE --passphrase-file FILE',
    examplePolicy &&
      'Commit to your own targets: POST /api/v1/sla-policy/versions (or POST /api/v1/sla-policy/confirm to stand for the example)',
    'Register the services that you must recover: POST /api/v1/services',
  ];
  return things.filter((thing) => thing !== false).slice(0, THINGS_MAX);
}
