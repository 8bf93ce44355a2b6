import type { Tx } from '../../database/database.ts';
import { PIECES_MAX } from '../../inventory/movement.ts';
import { STOCK_CONDITIONS } from '../../inventory/stock.ts';
import { lineText } from '../../kernel/text.ts';
import { choiceCell, dayCell, textCell, wholeNumberCell } from '../cell.ts';
import { type ApplyAct, type ImportKind, PLANNED } from '../import-kind.ts';
import { LOCATION_CANONICAL, LOCATION_FIELD, LOCATION_JOIN, LOCATION_RULES } from './location-reference.ts';
import { HOLD_PARTS, PART_CANONICAL, PART_FIELDS, PART_JOIN, partRules } from './part-reference.ts';

/** Pieces of bulk parts. What is new is received, a different quantity is an adjustment: the ledger says both. */
export const STOCK: ImportKind = {
  name: 'stock',
  noun: 'stock row',
  writePermission: 'inventory.write',
  readPermission: 'inventory.read',
  fields: [
    ...PART_FIELDS,
    { ...LOCATION_FIELD, isKey: true },
    { name: 'lot', description: 'The lot that the maker names', aliases: ['batch'], read: textCell(lineText(80)) },
    {
      name: 'expires_on',
      description: 'The last day of their shelf life; empty: they have none',
      aliases: ['expiry', 'expiry date'],
      read: dayCell,
    },
    {
      name: 'condition',
      description: `One of ${STOCK_CONDITIONS.join(', ')}; quarantined pieces lie apart`,
      read: choiceCell(STOCK_CONDITIONS),
      initial: `'usable'`,
    },
    {
      name: 'quantity',
      description: 'Pieces that lie there',
      aliases: ['qty', 'pieces', 'on hand'],
      read: wholeNumberCell(0, PIECES_MAX),
      isRequired: true,
    },
  ],
  current: `SELECT k.id, p.manufacturer, p.part_number, l.code AS location, nullif(k.lot, '') AS lot,
      k.expires_on::text AS expires_on, k.condition, k.quantity::text AS quantity
    FROM stock k JOIN part p ON p.id = k.part_id JOIN location l ON l.id = k.location_id`,
  // A row that was emptied says nothing, and stays as the ledger's.
  exported: `c.quantity <> '0'`,
  joins: `${PART_JOIN} ${LOCATION_JOIN}
    LEFT JOIN stock known ON known.part_id = part.id AND known.location_id = place.id AND known.lot = coalesce(s.lot, '')
      AND known.expires_on IS NOT DISTINCT FROM s.expires_on::date AND known.condition = coalesce(s.condition, 'usable')`,
  match: 'c.id = known.id',
  canonical: { ...PART_CANONICAL, ...LOCATION_CANONICAL },
  references: { part_id: 'part.id', location_id: 'place.id' },
  unique: [
    {
      field: 'part_number',
      by: `lower(s.manufacturer), lower(s.part_number), lower(s.location), coalesce(s.lot, ''), coalesce(s.expires_on, ''),
        coalesce(s.condition, 'usable')`,
    },
  ],
  rules: [
    ...partRules('bulk'),
    ...LOCATION_RULES,
    {
      field: 'quantity',
      when: `c.id IS NULL AND v.quantity = '0'`,
      message: `'must be at least 1: none of it lies there yet'`,
    },
  ],
  hold: async (tx) => {
    await tx.execute(HOLD_PARTS);
  },
  apply: applyStock,
};

async function applyStock(tx: Tx, { importId, actorId, fromLine, toLine }: ApplyAct): Promise<void> {
  await tx.execute(
    `INSERT INTO stock (id, part_id, location_id, lot, expires_on, condition)
     SELECT subject_id, part_id, location_id, coalesce(lot, ''), expires_on::date, condition
     FROM ${PLANNED} WHERE outcome = 'create' AND line BETWEEN $1 AND $2`,
    [fromLine, toLine],
  );
  await tx.execute(
    `INSERT INTO movement (batch_id, kind, part_id, quantity, from_stock_id, to_stock_id, reason, actor_id)
     SELECT $3, CASE n.outcome WHEN 'create' THEN 'receive' ELSE 'adjust' END, n.part_id, abs(n.quantity::integer - k.quantity),
       CASE WHEN n.quantity::integer < k.quantity THEN k.id END, CASE WHEN n.quantity::integer > k.quantity THEN k.id END,
       CASE n.outcome WHEN 'update' THEN 'Import of a file' END, $4
     FROM ${PLANNED} n JOIN stock k ON k.id = n.subject_id
     WHERE n.outcome IN ('create', 'update') AND n.line BETWEEN $1 AND $2 ORDER BY n.line`,
    [fromLine, toLine, importId, actorId],
  );
}
