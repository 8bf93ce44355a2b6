import type { Tx } from '../../database/database.ts';
import { SEATS_MAX } from '../../licences/entitlement.ts';
import { installationFacts } from '../../licences/installation.ts';
import { dayCell, textCell, wholeNumberCell } from '../cell.ts';
import { type ApplyAct, type ImportKind, optionalField, PLANNED, STAGED } from '../import-kind.ts';
import { PRODUCT_CANONICAL, PRODUCT_FIELDS } from './product-reference.ts';

const day = (column: string) => `(${column} AT TIME ZONE 'UTC')::date::text`;

/** Installations of licensed products as a discovery tool lists them, by its key for each. */
export const INSTALLATIONS: ImportKind = {
  name: 'installations',
  noun: 'installation',
  writePermission: 'licence.write',
  readPermission: 'licence.read',
  fields: [
    {
      name: 'source',
      description: 'Who reports it: the tool, and its scope',
      aliases: ['tool'],
      read: textCell(installationFacts.source),
      isKey: true,
    },
    {
      name: 'key',
      description: 'By which the source knows it; unique within the source',
      aliases: ['id', 'installation id'],
      read: textCell(installationFacts.key),
      isKey: true,
    },
    ...PRODUCT_FIELDS.map((field) =>
      field.isKey ? { ...field, isKey: false, isRequired: true } : { ...field, isClearable: true },
    ),
    {
      name: 'host',
      description: 'The host or asset on which it was found',
      aliases: ['hostname', 'computer', 'asset', 'device'],
      read: textCell(installationFacts.host),
      isRequired: true,
    },
    {
      name: 'quantity',
      description: 'Seats that it takes; 1 unless stated',
      aliases: ['seats', 'qty', 'cores'],
      read: wholeNumberCell(1, SEATS_MAX),
      initial: `'1'`,
    },
    {
      name: 'discovered_on',
      description: 'The day on which it was found first; today unless stated',
      aliases: ['discovered', 'first seen', 'install date'],
      read: dayCell,
      initial: `least(coalesce(s.last_seen_on, utc_today()::text), utc_today()::text)`,
      isFixed: true,
    },
    {
      name: 'last_seen_on',
      description: 'The day on which it was seen last; today unless stated',
      aliases: ['last seen', 'last scan'],
      read: dayCell,
      initial: 'greatest(s.discovered_on, utc_today()::text)',
    },
    optionalField('removed_on', 'The day since when it is gone; empty: it is there', dayCell, {
      aliases: ['removed', 'uninstalled'],
    }),
  ],
  current: `SELECT i.id, i.source, i.source_key AS key, p.vendor, p.name AS product,
      nullif(p.product_version, '') AS product_version, i.host, i.quantity::text AS quantity,
      ${day('i.discovered_at')} AS discovered_on, ${day('i.last_seen_at')} AS last_seen_on, ${day('i.removed_at')} AS removed_on
    FROM installation i JOIN licence_product p ON p.id = i.product_id`,
  // What a line does not say of the product of a known one is as it was.
  joins: `LEFT JOIN installation known ON lower(known.source) = lower(s.source) AND lower(known.source_key) = lower(s.key)
    LEFT JOIN licence_product was ON was.id = known.product_id
    LEFT JOIN licence_product product ON lower(product.vendor) = lower(coalesce(s.vendor, was.vendor))
      AND lower(product.name) = lower(coalesce(s.product, was.name))
      AND lower(product.product_version) = lower(coalesce(s.product_version, was.product_version, ''))`,
  match: 'c.id = known.id',
  canonical: {
    ...PRODUCT_CANONICAL,
    source: 'coalesce(known.source, s.source)',
    key: 'coalesce(known.source_key, s.key)',
  },
  references: { product_id: 'product.id' },
  unique: [{ field: 'key', by: 'lower(s.source), lower(s.key)' }],
  rules: [
    {
      field: 'product',
      when: 's.vendor IS NOT NULL AND s.product IS NOT NULL AND product.id IS NULL',
      message: `'there is no product "' || concat_ws(' ', s.product, nullif(coalesce(s.product_version, was.product_version), ''))
        || '" of "' || s.vendor || '": bring the products in first'`,
    },
    {
      field: 'product',
      when: 'c.id IS NOT NULL AND (s.vendor IS NULL OR s.product IS NULL) AND product.id IS NULL',
      message: `'is no product: state its vendor and its version as well'`,
    },
    ...(['discovered_on', 'last_seen_on', 'removed_on'] as const).map((field) => ({
      field,
      when: `v.${field} > utc_today()::text`,
      message: `'must not lie in the future'`,
    })),
    {
      field: 'last_seen_on',
      when: 'v.last_seen_on < v.discovered_on',
      message: `'must not lie before ' || v.discovered_on`,
    },
    {
      field: 'removed_on',
      when: 'v.removed_on < v.discovered_on',
      message: `'must not lie before ' || v.discovered_on`,
    },
  ],
  hold: async (tx) => {
    await tx.execute(
      `SELECT FROM installation WHERE lower(source) IN (SELECT lower(source) FROM ${STAGED}) ORDER BY id FOR NO KEY UPDATE`,
    );
  },
  apply: applyInstallations,
};

const midnight = (column: string) => `n.${column}::date::timestamp AT TIME ZONE 'UTC'`;

/** Within a day that is kept the instant stays that a discovery tool has reported. */
const instantOf = (column: string, kept: string) =>
  `CASE WHEN n.${column} = ${day(kept)} THEN ${kept} ELSE ${midnight(column)} END`;

async function applyInstallations(tx: Tx, { fromLine, toLine }: ApplyAct): Promise<void> {
  const lines = [fromLine, toLine];
  await tx.execute(
    `INSERT INTO installation (id, product_id, source, source_key, host, quantity, discovered_at, last_seen_at, removed_at)
     SELECT n.subject_id, n.product_id, n.source, n.key, n.host, n.quantity::integer, ${midnight('discovered_on')},
       ${midnight('last_seen_on')}, ${midnight('removed_on')}
     FROM ${PLANNED} n WHERE n.outcome = 'create' AND n.line BETWEEN $1 AND $2`,
    lines,
  );
  await tx.execute(
    `UPDATE installation i SET product_id = n.product_id, host = n.host, quantity = n.quantity::integer,
       last_seen_at = greatest(i.discovered_at, ${instantOf('last_seen_on', 'i.last_seen_at')}),
       removed_at = CASE WHEN n.removed_on IS NOT NULL
         THEN greatest(i.discovered_at, ${instantOf('removed_on', 'i.removed_at')}) END, version = i.version + 1,
       updated_at = now()
     FROM ${PLANNED} n WHERE n.outcome = 'update' AND n.line BETWEEN $1 AND $2 AND i.id = n.subject_id`,
    lines,
  );
}
