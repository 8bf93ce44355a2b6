import type { Database } from '../../src/database/database.ts';
import { guarded } from '../../src/imports/formula.ts';
import { KIND_NAMES, type KindName } from '../../src/imports/kinds/kinds.ts';
import { newId } from '../../src/kernel/ids.ts';
import { makeCategory, makeDeviceModel } from '../inventory/support.ts';

/** The table that holds what a file of a kind adds. */
export const TABLES: Readonly<Record<KindName, string>> = {
  locations: 'location',
  parts: 'part',
  fits: 'part_fit',
  units: 'unit',
  stock: 'stock',
  products: 'licence_product',
  entitlements: 'entitlement',
  installations: 'installation',
  persons: 'person',
  checkouts: 'allocation',
};

/** What every file needs before it. */
export async function makeGround(db: Database): Promise<void> {
  await makeCategory(db, { name: 'Power' });
  await makeDeviceModel(db, { manufacturer: 'Sample Co', model: 'SRV-1' });
}

/** A cell of a file. */
const cellOf = (value: string, delimiter = ',') =>
  value === '' || value === '-' || !new RegExp(`["\\r\\n${delimiter}]|^\\s|\\s$`).test(value)
    ? value
    : `"${value.replaceAll('"', '""')}"`;

export type FileRow = Readonly<Record<string, string>>;

/** A file with these rows. */
export function fileOf(rows: readonly FileRow[], delimiter = ','): string {
  const names = Object.keys(rows[0] ?? {});
  const lines = rows.map((row) => names.map((name) => cellOf(row[name] ?? '', delimiter)).join(delimiter));
  return `${[names.join(delimiter), ...lines].join('\n')}\n`;
}

/**
 * Two rows of each kind, in the order in which they are brought in: with names of their own, and `text` wherever a kind takes
 * words of any kind. Decimal numbers have the given mark.
 */
export function rowsOf(text: string, mark = '.'): { readonly kind: KindName; readonly rows: readonly FileRow[] }[] {
  const own = newId().slice(-12);
  const said = guarded(text);
  const [serial, bulk] = [`U-${own}`, `F-${own}`];
  const part = { manufacturer: 'Sample Co', part_number: serial };
  const terms = { starts_on: '2026-01-01', cost: `12${mark}5`, currency: 'EUR', note: said };
  const product = { vendor: 'Sample Co', product: `P ${own}` };
  const mails = [`a-${own}@example.org`, `b-${own}@example.org`] as const;
  const rows: Readonly<Record<KindName, readonly FileRow[]>> = {
    locations: [
      { code: `S-${own}`, name: said, kind: 'site', parent: '' },
      { code: `B-${own}`, name: said, kind: 'bin', parent: `S-${own}` },
    ],
    parts: [serial, bulk].map((number, index) => ({
      ...{ manufacturer: 'Sample Co', part_number: number, name: said, category: 'Power' },
      ...{ tracking: index === 0 ? 'serial' : 'bulk', unit_cost: `1${mark}25`, currency: 'EUR' },
    })),
    fits: [
      { ...part, device_manufacturer: 'Sample Co', device_model: 'SRV-1', rank: '1', conditions: said },
      {
        ...part,
        part_number: bulk,
        device_manufacturer: 'Sample Co',
        device_model: 'SRV-1',
        rank: '2',
        conditions: '',
      },
    ],
    units: ['1', '2'].map((serial) => ({ ...part, serial, location: `B-${own}`, supplier: said, note: said })),
    stock: ['one', 'two'].map((lot) => ({
      ...{ manufacturer: 'Sample Co', part_number: bulk, location: `B-${own}`, lot, quantity: '10' },
    })),
    products: [product, { ...product, product: `Q ${own}` }],
    entitlements: ['one', 'two'].map((name) => ({ ...product, name, metric: 'device', quantity: '5', ...terms })),
    installations: ['one', 'two'].map((key) => ({
      ...{ source: `scan ${own}`, key, ...product, host: guarded(`${text} ${key}`), quantity: '2' },
    })),
    persons: mails.map((email, index) => ({
      ...{
        email,
        name: guarded(`${text} ${index} ${own}`),
        contacts: `chat: ${text.replaceAll('|', '!')}`,
        zone: 'Asia/Shanghai',
      },
    })),
    checkouts: [
      { holder: mails[0], ...part, serial: '1', quantity: '1', due_on: '2099-12-31', note: said },
      { holder: mails[1], ...part, part_number: bulk, serial: '', quantity: '3', due_on: '', note: said },
    ],
  };
  return KIND_NAMES.map((kind) => ({ kind, rows: rows[kind] }));
}
