import type { Tx } from '../database/database.ts';
import type { MovementAct } from '../inventory/movement-line.ts';
import { receiveIntoRepair, sendToRepair } from '../inventory/repair.service.ts';
import { AppError } from '../kernel/errors.ts';
import { isSerialPart, type ScannedUnit } from './deploy.store.ts';
import type { Deployment, DeployRequest } from './deploy.ts';
import type { LockedLine } from './lifecycle.ts';

/** What failed, what replaces it, and where. */
export interface Failed {
  readonly failed: NonNullable<DeployRequest['failed']>;
  readonly line: LockedLine;
  readonly service: { readonly id: string; readonly name: string } | null;
  /** The units that its code may mean, by the register. */
  readonly candidates: readonly ScannedUnit[];
}

/**
 * Sends what failed to repair: out of the service that it worked in, or, when nobody knew it, into the register as it is.
 * A step of deploying, which has locked the pools of all candidates and records the audit entry.
 * @throws AppError `conflict` `failed-unit-elsewhere`, `several-units`, `unit-cannot-go`, `repair-open`, `serial-taken`;
 *   `unprocessable` `failed-is-itself`, `unsuitable-part`.
 */
export async function sendFailed(
  tx: Tx,
  { failed, line, service, candidates }: Failed,
  act: MovementAct,
): Promise<NonNullable<Deployment['failed']>> {
  const { unit: code, partId, ...details } = failed;
  const known = failedUnitOf(candidates, failed, line);
  if (!known) {
    const newPartId = partId ?? line.partId ?? '';
    if (!(await isSerialPart(tx, newPartId))) throw unsuitablePart(newPartId, code);
    const made = await receiveIntoRepair(tx, { partId: newPartId, serial: code, details }, act);
    return { ...made, isNew: true };
  }
  if (known.id === line.unitId) {
    throw new AppError(
      'unprocessable',
      'failed-is-itself',
      `${known.serial} cannot replace itself: scan what has failed`,
      {
        fields: [{ field: '#/failed/unit', message: 'is the unit that goes into service' }],
      },
    );
  }
  if (known.state !== 'deployed' || (known.serviceId !== null && service && known.serviceId !== service.id)) {
    const where = known.state === 'deployed' ? `works in ${known.serviceName}` : `is ${known.state.replace('_', ' ')}`;
    throw new AppError(
      'conflict',
      'failed-unit-elsewhere',
      `By the register, ${known.serial} of ${known.partNumber} ${where}${service ? `, not in ${service.name}` : ''}: scan again, or correct the register`,
      { fields: [{ field: '#/failed/unit', message: `${where}` }] },
    );
  }
  const { repairId } = await sendToRepair(tx, { unitId: known.id, field: '#/failed/unit', details }, act);
  return { unitId: known.id, repairId, isNew: false };
}

/** Of several units with one serial: the one of the named part, else of the part that replaces it, else the only one. */
function failedUnitOf(
  candidates: readonly ScannedUnit[],
  failed: Failed['failed'],
  line: LockedLine,
): ScannedUnit | undefined {
  if (failed.partId !== undefined) return candidates.find(({ partId }) => partId === failed.partId);
  const alike = candidates.filter(({ partId }) => partId === line.partId);
  const left = alike.length > 0 ? alike : candidates;
  if (left.length <= 1) return left[0];
  throw new AppError(
    'conflict',
    'several-units',
    `${failed.unit} is a serial of several parts: ${left.map(({ partNumber }) => partNumber).join(', ')}. Name the part`,
    { fields: [{ field: '#/failed/partId', message: 'must say which part it is' }] },
  );
}

function unsuitablePart(partId: string, code: string): AppError {
  return new AppError(
    'unprocessable',
    'unsuitable-part',
    `${code} is not known yet, and ${partId} is no part that is tracked by serial: name its part`,
    { fields: [{ field: '#/failed/partId', message: 'must be the id of a part that is tracked by serial' }] },
  );
}
