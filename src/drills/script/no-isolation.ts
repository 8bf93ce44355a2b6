import { addWarning } from '../drill-part.store.ts';
import type { Recovery } from '../recovery.ts';

/** The report says of what ran without isolation that it did. */
export async function warnOfNoIsolation({ recorder, runId }: Recovery, what: string): Promise<void> {
  const warning = `${what} ran without isolation: it could do whatever Muster can.`;
  await recorder.write((tx) => addWarning(tx, runId, warning));
  recorder.say(warning, 'warn');
}
