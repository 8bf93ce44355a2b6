import { recordAudit } from '../../audit/audit.store.ts';
import { originOf } from '../../auth/actor.ts';
import type { Caller } from '../../auth/caller.ts';
import type { Tx } from '../../database/database.ts';
import { lockRetirable } from '../../database/retirable-row.ts';
import { AppError } from '../../kernel/errors.ts';
import { CHANNEL_TABLE } from './channel-table.ts';
import { deliveryById } from './delivery.queries.ts';
import { endPause, reviveDelivery } from './delivery.store.ts';
import type { Delivery } from './delivery.ts';
import { reviveListed } from './digest.store.ts';

/**
 * Has a dead delivery tried again: at once, as often as a new one, under the same id. The pause of its channel ends.
 * @throws AppError `not-found` `no-such-notice-delivery`; `conflict` `notification-channel-retired`, `delivery-not-dead`, also
 *   for a test: make another one; `delivery-in-digest`.
 */
export async function redriveDelivery(tx: Tx, caller: Caller, id: string): Promise<Delivery> {
  const { channel, kind, digestId } = await deliveryById(tx, id);
  await lockRetirable(tx, CHANNEL_TABLE, { id: channel.id });
  if (digestId !== null) {
    throw new AppError('conflict', 'delivery-in-digest', `It went in the digest ${digestId}: have that sent again`);
  }
  if (kind === 'test' || !(await reviveDelivery(tx, id))) {
    throw new AppError('conflict', 'delivery-not-dead', 'Only a notice that was given up can be sent again');
  }
  await reviveListed(tx, id);
  await endPause(tx, channel.id);
  const subject = { subjectKind: 'notice-delivery', subjectId: id };
  await recordAudit(tx, { ...originOf(caller), action: 'notice-delivery.redrive', ...subject });
  return deliveryById(tx, id);
}
