import { type Api, answered, type Body } from './api.ts';
import { dateIn, instantIn } from './days.ts';

/** Parts of the sample storeroom that others go on with, by id. */
export interface Storeroom {
  readonly disk: string;
  readonly fan: string;
  readonly optic: string;
  readonly cable: string;
}

type Places = Readonly<Record<'shelf' | 'second' | 'bin' | 'cabinet' | 'branch', string>>;

/** A tree of locations, parts with pieces and stock in it, and what serves for which failed device. */
export async function fillStoreroom(api: Api, ownerId: string): Promise<Storeroom> {
  const places = await enterPlaces(api);
  const parts = await enterParts(api, ownerId, places);
  await enterFits(api, parts);
  await receive(api, parts, places);
  return parts;
}

async function enterPlaces(api: Api): Promise<Places> {
  const place = async (
    code: string,
    name: string,
    kind: 'site' | 'room' | 'rack' | 'bin',
    parentId: string | null = null,
  ) => (await answered(api.POST('/locations', { body: { code, name, kind, parentId } }))).id;
  const site = await place('SAMPLE', 'Sample site', 'site');
  const room = await place('SAMPLE-R1', 'Storeroom', 'room', site);
  const shelf = await place('SAMPLE-R1-A', 'Shelf A', 'rack', room);
  const second = await place('SAMPLE-R1-B', 'Shelf B', 'rack', room);
  const bin = await place('SAMPLE-R1-B-01', 'Bin 1', 'bin', second);
  const cabinet = await place('SAMPLE-DC', 'Cabinet', 'rack', site);
  const branch = await place('SAMPLE-2', 'Sample branch', 'site');
  return { shelf, second, bin, cabinet, branch };
}

type Parts = Readonly<Record<'power' | 'larger' | 'disk' | 'fan' | 'optic' | 'cable', string>>;

async function enterParts(api: Api, ownerId: string, places: Places): Promise<Parts> {
  const category = async (name: string, fields: { key: string; label: string; unit: string }[]) => {
    const integers = fields.map((field) => ({
      ...field,
      ...({ type: 'integer', required: true, min: 1, max: 100_000 } as const),
    }));
    return (await answered(api.POST('/part-categories', { body: { name, fields: integers } }))).id;
  };
  const powers = await category('Power supplies', [{ key: 'power', label: 'Power', unit: 'W' }]);
  const disks = await category('Disks', [{ key: 'capacity', label: 'Capacity', unit: 'GB' }]);
  const others = await category('Optics, fans and cables', []);
  const part = async (body: Omit<Body<'/parts'>, 'manufacturer'>) => {
    const common = { manufacturer: 'Sample Works', unitOfMeasure: 'piece', ownerId };
    return (await answered(api.POST('/parts', { body: { ...common, ...body } }))).id;
  };
  return {
    power: await part({
      ...{ partNumber: 'PSU-750W', name: 'Power supply 750 W', categoryId: powers, tracking: 'serial' },
      ...{ custom: { power: 750 }, emergencyReserve: 1, reorderPoint: 2, reorderQuantity: 4, testIntervalDays: 180 },
      ...{ unitCost: '189.00', currency: 'EUR', leadTimeDays: 21 },
    }),
    larger: await part({
      ...{ partNumber: 'PSU-1100W', name: 'Power supply 1100 W', categoryId: powers, tracking: 'serial' },
      custom: { power: 1100 },
    }),
    disk: await part({
      ...{ partNumber: 'DISK-4T', name: 'Disk 4 TB', categoryId: disks, tracking: 'serial' },
      ...{ custom: { capacity: 4000 }, emergencyReserve: 2, reorderPoint: 4, reorderQuantity: 6, installedBase: 48 },
      ...{ annualFailureRate: 0.02, leadTimeDays: 30, unitCost: '240.00', currency: 'EUR' },
      locationReserves: [{ locationId: places.cabinet, quantity: 1 }],
    }),
    fan: await part({
      ...{ partNumber: 'FAN-80', name: 'Fan module 80 mm', categoryId: others, tracking: 'serial' },
      emergencyReserve: 2,
    }),
    optic: await part({
      ...{ partNumber: 'SFP-10G-SR', name: 'Transceiver 10G SR', categoryId: others, tracking: 'bulk' },
      emergencyReserve: 4,
    }),
    cable: await part({
      ...{ partNumber: 'CAB-LC-3M', name: 'Fibre patch cable 3 m', categoryId: others, tracking: 'bulk' },
      ...{ reorderPoint: 50, reorderQuantity: 100 },
    }),
  };
}

async function enterFits(api: Api, parts: Parts): Promise<void> {
  const model = async (name: string) =>
    (await answered(api.POST('/device-models', { body: { manufacturer: 'Sample Works', model: name } }))).id;
  const server = await model('Server 2U');
  const shelf = await model('Disk shelf 24');
  type Fit = { deviceModelId?: string; replacedPartId?: string; rank: number; quantity: number; conditions?: string };
  const serves = (id: string, body: Fit) => api.POST('/parts/{id}/fits', { params: { path: { id } }, body });
  await serves(parts.power, { deviceModelId: server, rank: 1, quantity: 1 });
  const conditions = 'The second supply has to be of the same power';
  await serves(parts.larger, { deviceModelId: server, rank: 2, quantity: 1, conditions });
  await serves(parts.larger, { replacedPartId: parts.power, rank: 1, quantity: 1, conditions });
  await serves(parts.disk, { deviceModelId: shelf, rank: 1, quantity: 1 });
}

async function receive(api: Api, parts: Parts, places: Places): Promise<void> {
  const unit = (partId: string, locationId: string, number: number, more: object = {}) => ({
    ...{ kind: 'unit' as const, partId, locationId, supplier: 'Sample Works' },
    ...{ serial: `SN-${String(number).padStart(4, '0')}`, assetTag: `A-${String(number).padStart(4, '0')}` },
    warrantyUntil: dateIn(90 + number * 60),
    ...more,
  });
  const bulk = (partId: string, locationId: string, quantity: number) => ({
    ...{ kind: 'bulk' as const, partId, locationId, quantity },
  });
  const disks = [6, 7, 8, 9, 10].map((number) => unit(parts.disk, places.second, number));
  await answered(
    api.POST('/movements/receipts', {
      body: {
        reference: 'sample delivery',
        lines: [
          ...[1, 2, 3].map((number) => unit(parts.power, places.shelf, number, { lastTestedAt: instantIn(-30) })),
          unit(parts.power, places.cabinet, 4, { lastTestedAt: instantIn(-30) }),
          unit(parts.larger, places.shelf, 5),
          ...disks,
          unit(parts.disk, places.cabinet, 11, { warrantyUntil: dateIn(20) }),
          unit(parts.disk, places.branch, 12, { condition: 'damaged' }),
          unit(parts.disk, places.bin, 13, { isQuarantined: true, note: 'Came back from a loan with a bad sector' }),
          // Two in all, and two are the reserve: for a service that needs three this is short.
          ...[14, 15].map((number) => unit(parts.fan, places.shelf, number)),
          ...[bulk(parts.optic, places.shelf, 24), bulk(parts.cable, places.second, 40)],
          bulk(parts.cable, places.branch, 15),
        ],
      },
    }),
  );
}
