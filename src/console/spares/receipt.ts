/** What is entered when pieces come in, and what is sent for it. */
import { textOrNull } from '../parts/form-changes.ts';
import type { FieldPath } from '../parts/form-context.ts';
import type { Part, UnitCondition } from './words.ts';

/** The fields of a receipt: of units, and of pieces in bulk. */
export interface Receipt {
  readonly partId: string | null;
  readonly serials: readonly { readonly serial?: string; readonly assetTag?: string }[];
  readonly locationId: string | null;
  readonly quantity: number | null;
  readonly lot: string;
  readonly condition: UnitCondition;
  readonly isQuarantined: boolean;
  readonly supplier: string;
  readonly firmware: string;
  readonly warrantyUntil: string;
  readonly expiresOn: string;
  readonly note: string;
  readonly reference: string;
  readonly reason: string;
}

export const newReceipt = (partId: string | null, locationId: string | null): Receipt => ({
  partId,
  serials: [],
  locationId,
  quantity: null,
  lot: '',
  condition: 'new',
  isQuarantined: false,
  supplier: '',
  firmware: '',
  warrantyUntil: '',
  expiresOn: '',
  note: '',
  reference: '',
  reason: '',
});

/** Leaves out what is empty: the API knows what then holds. */
function given<Values extends Record<string, string | null>>(values: Values) {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => {
      const text = textOrNull(value);
      return text === null ? [] : [[key, text]];
    }),
  ) as { [Key in keyof Values]?: string };
}

/** A line for each unit, or one for pieces in bulk. */
export function bodyOfReceipt(receipt: Receipt, part: Part | undefined) {
  const { serials, locationId, quantity, lot, condition, isQuarantined, expiresOn, reference, reason } = receipt;
  const place = { partId: receipt.partId ?? '', locationId: locationId ?? '' };
  const { supplier, firmware, warrantyUntil, note } = receipt;
  const isSerial = part?.tracking !== 'bulk';
  const units = serials.map(({ serial = '', assetTag = '' }) => ({
    kind: 'unit' as const,
    ...place,
    serial: serial.trim(),
    condition,
    isQuarantined,
    ...given({ assetTag, supplier, firmware, warrantyUntil, expiresOn, note }),
  }));
  const pieces = { kind: 'bulk' as const, ...place, quantity: quantity ?? 0, ...given({ lot, expiresOn }) };
  return { lines: isSerial ? units : [pieces], ...given({ reference, reason }) };
}

/** What the lines have for each of them is one field of the form, but for what each unit has of its own. */
export function fieldOfReceipt([first, row, field, ...rest]: FieldPath): FieldPath {
  if (first !== 'lines') return first === undefined ? [] : [first];
  if (row === undefined) return ['serials'];
  if (field === 'serial' || field === 'assetTag') return ['serials', row, field];
  return field === undefined ? ['serials', row, 'serial'] : [field, ...rest];
}
