import type { Tx } from '../database/database.ts';
import { mapConstraints, type SqlFailure } from '../database/sqlstate.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import type { InstallationReport, ReportOutcome } from './installation.ts';

/**
 * Takes a report down. What was seen before the last that is known of an installation changes nothing.
 * @throws AppError `unprocessable` `no-such-product`, naming the line; `seen-in-future`.
 */
export async function upsertInstallations(
  tx: Tx,
  { source, installations }: InstallationReport,
): Promise<ReportOutcome> {
  await requireProducts(tx, installations);
  const lines = JSON.stringify(installations.map((line) => ({ ...line, id: newId() })));
  const rows = await mapConstraints(ERRORS, () => tx.rows<{ isNew: boolean }>(UPSERT, [lines, source]));
  const created = rows.filter(({ isNew }) => isNew).length;
  return { created, updated: rows.length - created, unchanged: installations.length - rows.length };
}

/** When it was last seen, and since when it is gone: a removal that is told again is still the first one. */
const SEEN = 'CASE WHEN EXCLUDED.removed_at IS NULL THEN EXCLUDED.last_seen_at ELSE i.last_seen_at END';
const REMOVED = 'CASE WHEN EXCLUDED.removed_at IS NOT NULL THEN coalesce(i.removed_at, EXCLUDED.removed_at) END';

// In the order of the keys, so that two reports of one source cannot wait for each other.
const UPSERT = `INSERT INTO installation AS i (id, product_id, source, source_key, host, quantity, discovered_at, last_seen_at,
    removed_at)
  SELECT r.id, r."productId", $2, r.key, r.host, r.quantity, r.at, r.at, CASE WHEN r."isRemoved" THEN r.at END
  FROM (SELECT *, coalesce("seenAt", now()) AS at FROM jsonb_to_recordset($1::jsonb) AS j (id uuid, "productId" uuid, key text,
    host text, quantity integer, "seenAt" timestamptz, "isRemoved" boolean)) r
  ORDER BY lower(r.key)
  ON CONFLICT (lower(source), lower(source_key)) DO UPDATE SET product_id = EXCLUDED.product_id, host = EXCLUDED.host,
    quantity = EXCLUDED.quantity, last_seen_at = ${SEEN}, removed_at = ${REMOVED}, version = i.version + 1, updated_at = now()
  WHERE EXCLUDED.last_seen_at >= coalesce(i.removed_at, i.last_seen_at)
    AND (i.product_id, i.host, i.quantity, i.last_seen_at, i.removed_at)
      IS DISTINCT FROM (EXCLUDED.product_id, EXCLUDED.host, EXCLUDED.quantity, ${SEEN}, ${REMOVED})
  RETURNING (xmax = 0) AS "isNew"`;

const ERRORS: Readonly<Record<string, (failure: SqlFailure) => AppError>> = {
  installation_not_in_future: () =>
    new AppError('unprocessable', 'seen-in-future', 'Nothing can have been seen in the future: correct its time', {
      fields: [{ field: '#/installations', message: 'must have been seen before now' }],
    }),
};

async function requireProducts(tx: Tx, installations: InstallationReport['installations']): Promise<void> {
  const ids = [...new Set(installations.map(({ productId }) => productId))];
  const found = await tx.rows<{ id: string }>('SELECT id FROM licence_product WHERE id = ANY ($1::uuid[])', [ids]);
  const known = new Set(found.map(({ id }) => id));
  const index = installations.findIndex(({ productId }) => !known.has(productId));
  if (index < 0) return;
  const message = `There is no licensed product ${installations[index]?.productId}`;
  throw new AppError('unprocessable', 'no-such-product', message, {
    fields: [{ field: `#/installations/${index}/productId`, message: 'must be the id of a licensed product' }],
  });
}
