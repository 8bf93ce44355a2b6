import { recordAudit } from '../../audit/audit.store.ts';
import { originOf } from '../../auth/actor.ts';
import type { Caller } from '../../auth/caller.ts';
import { lockRetirable } from '../../database/retirable-row.ts';
import { AppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { AttemptResult } from './back-off.ts';
import { carry } from './carry.ts';
import { channelById } from './channel.queries.ts';
import { CHANNEL_TABLE } from './channel-table.ts';
import { type DeliveryDeps, settle } from './deliver.service.ts';
import { insertTest } from './delivery.store.ts';

/** What came of a test message. */
export interface TestOutcome {
  readonly deliveryId: string;
  readonly result: AttemptResult;
}

/**
 * Sends a real message by a channel, also by one that is disabled or paused, once and at once.
 * @param address of e-mail: where it goes.
 * @throws AppError `not-found` `no-such-notification-channel`; `conflict` `notification-channel-retired`; `invalid`
 *   `unsuitable-test-address`.
 */
export async function sendTest(
  caller: Caller,
  deps: DeliveryDeps,
  channelId: string,
  address: string | undefined,
): Promise<TestOutcome> {
  const { db } = deps;
  const deliveryId = newId();
  const claimed = await db.transaction(async (tx) => {
    await lockRetirable(tx, CHANNEL_TABLE, { id: channelId });
    const isMail = (await channelById(tx, channelId)).email !== null;
    if (isMail !== (address !== undefined)) throw unsuitableAddress(isMail);
    return insertTest(tx, { channelId, id: deliveryId, address, leaseSeconds: deps.leaseSeconds });
  });
  const result = await carry(db, deps, channelId, claimed);
  await db.transaction(async (tx) => {
    await settle(tx, channelId, claimed, result);
    const { outcome, status, detail } = result;
    const subject = { subjectKind: 'notification-channel', subjectId: channelId };
    const details = { deliveryId, outcome, status, detail };
    await recordAudit(tx, { ...originOf(caller), action: 'notification-channel.test', ...subject, details });
  });
  return { deliveryId, result };
}

function unsuitableAddress(isMail: boolean): AppError {
  const field = '#/address';
  const message = isMail ? 'must say where the mail goes' : 'is for channels of e-mail';
  return new AppError('invalid', 'unsuitable-test-address', `${field} ${message}`, { fields: [{ field, message }] });
}
