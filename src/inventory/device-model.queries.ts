import type { Queryable } from '../database/database.ts';
import { type ListDeclaration, type ListRequest, listRows } from '../database/declared-list.ts';
import { type LifecycleRecord, lifecycleColumns, lifecycleOf, noSuchRow } from '../database/retirable-row.ts';
import { DEVICE_MODEL_TABLE } from './catalogue-row.store.ts';
import type { DeviceModel } from './device-model.ts';
import { type StateFilterName, stateConditions } from './state-filter.ts';

const COLUMNS = `m.id, m.manufacturer, m.model, ${lifecycleColumns('m')}`;

/**
 * One device model, retired ones included.
 * @throws AppError `not-found` `no-such-device-model`.
 */
export async function deviceModelById(db: Queryable, id: string): Promise<DeviceModel> {
  const [row] = await db.rows<DeviceModelRecord>(`SELECT ${COLUMNS} FROM device_model m WHERE m.id = $1`, [id]);
  if (!row) throw noSuchRow(DEVICE_MODEL_TABLE, id);
  return deviceModelOf(row);
}

type DeviceModelFilter = 'manufacturer' | StateFilterName | 'q';
type DeviceModelSort = 'model' | 'manufacturer';

const MODEL = { sql: 'lower(m.model)', type: 'text' } as const;

/** The models of devices. */
export const DEVICE_MODEL_LIST: ListDeclaration<DeviceModelFilter, DeviceModelSort> = {
  select: COLUMNS,
  from: 'device_model m',
  sorts: {
    model: { keys: [MODEL, { sql: 'm.id', type: 'uuid' }] },
    manufacturer: { keys: [{ sql: 'lower(m.manufacturer)', type: 'text' }, MODEL] },
  },
  filters: {
    manufacturer: (value) => `lower(m.manufacturer) = lower(${value})`,
    ...stateConditions('m'),
    q: (value) => `m.search LIKE ${value}`,
  },
  pairs: [
    { filters: ['active', 'retired'], sorts: ['model', 'manufacturer'] },
    { filters: ['manufacturer', 'active', 'retired'], sorts: ['model', 'manufacturer'] },
    { filters: ['q', 'manufacturer', 'active', 'retired'], sorts: ['model'] },
  ],
};

/** A page of {@link DEVICE_MODEL_LIST}; `q` is a pattern as `containing` makes it. */
export async function listDeviceModels(db: Queryable, request: ListRequest<DeviceModelFilter, DeviceModelSort>) {
  const rows = await listRows<DeviceModelRecord, DeviceModelFilter, DeviceModelSort>(db, DEVICE_MODEL_LIST, request);
  return rows.map((row) => ({ deviceModel: deviceModelOf(row), listCursor: row.listCursor }));
}

type DeviceModelRecord = Pick<DeviceModel, 'id' | 'manufacturer' | 'model'> & LifecycleRecord;

function deviceModelOf(row: DeviceModelRecord): DeviceModel {
  return { id: row.id, manufacturer: row.manufacturer, model: row.model, ...lifecycleOf(row) };
}
