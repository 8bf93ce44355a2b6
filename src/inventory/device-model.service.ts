import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { lockRetirable, retireRow } from '../database/retirable-row.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { type CatalogueTarget, DEVICE_MODEL_TABLE, updateCatalogueRow } from './catalogue-row.store.ts';
import { deviceModelById } from './device-model.queries.ts';
import type { DeviceModel, DeviceModelChange, NewDeviceModel } from './device-model.ts';

/** Adds a model of device. @throws AppError `conflict` `device-model-taken`. */
export async function createDeviceModel(tx: Tx, caller: Caller, wanted: NewDeviceModel): Promise<DeviceModel> {
  const id = newId();
  await mapConstraints(TAKEN, () =>
    tx.execute('INSERT INTO device_model (id, manufacturer, model) VALUES ($1, $2, $3)', [
      id,
      wanted.manufacturer,
      wanted.model,
    ]),
  );
  await record(tx, caller, 'device-model.create', id, wanted);
  return deviceModelById(tx, id);
}

/**
 * Changes how a model of device is called.
 * @throws AppError `not-found`, `stale`; `conflict` `device-model-retired`, `device-model-taken`.
 */
export async function updateDeviceModel(
  tx: Tx,
  caller: Caller,
  target: CatalogueTarget,
  change: DeviceModelChange,
): Promise<DeviceModel> {
  await lockRetirable(tx, DEVICE_MODEL_TABLE, target);
  await mapConstraints(TAKEN, () => updateCatalogueRow(tx, DEVICE_MODEL_TABLE, target.id, change));
  await record(tx, caller, 'device-model.update', target.id, change);
  return deviceModelById(tx, target.id);
}

/**
 * Takes a model of device out of use for good. What serves for it is still known, because old devices fail too.
 * @throws AppError `not-found`, `stale`; `conflict` `device-model-retired`.
 */
export async function retireDeviceModel(
  tx: Tx,
  caller: Caller,
  target: CatalogueTarget,
  reason: string,
): Promise<DeviceModel> {
  const title = await lockRetirable(tx, DEVICE_MODEL_TABLE, target);
  await retireRow(tx, DEVICE_MODEL_TABLE, target.id, reason);
  await record(tx, caller, 'device-model.retire', target.id, { title, reason });
  return deviceModelById(tx, target.id);
}

const TAKEN = {
  device_model_unique: () =>
    new AppError(
      'conflict',
      'device-model-taken',
      'This manufacturer has a model of this name already, perhaps retired',
      {
        fields: [{ field: '#/model', message: 'is taken' }],
      },
    ),
};

async function record(tx: Tx, caller: Caller, action: string, subjectId: string, details: object): Promise<void> {
  await recordAudit(tx, {
    ...originOf(caller),
    action,
    subjectKind: 'device-model',
    subjectId,
    details: { ...details },
  });
}
