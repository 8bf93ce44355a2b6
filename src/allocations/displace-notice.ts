import type { Tx } from '../database/database.ts';
import { postNotice } from '../notices/notice.store.ts';
import type { Taken } from './displace.store.ts';

/** Tells those whose lines gave way to an emergency: the holder, or who answers for it, and whoever made it for them. */
export async function tellDisplaced(
  tx: Tx,
  taken: readonly Taken[],
  emergency: { readonly code: string; readonly reason: string },
): Promise<void> {
  const by = emergency.code;
  for (const { recipients, ...line } of taken.toSorted((a, b) => (a.lineId < b.lineId ? -1 : 1))) {
    const pieces = line.quantity === 1 ? '' : `${line.quantity} of `;
    await postNotice(tx, {
      kind: 'hold.displaced',
      recipients,
      subjectKind: 'allocation',
      subjectId: line.allocationId,
      summary: `${pieces}${line.what}, held for ${line.holder} (${line.code}), went to the emergency ${by}: ${emergency.reason}. Ask for another one when you still need it`,
      details: { ...line, by, reason: emergency.reason },
      onceKey: `displaced ${line.lineId}`,
    });
  }
}
