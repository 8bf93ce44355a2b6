import type { Tx } from '../database/database.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { AppError } from '../kernel/errors.ts';
import { type KitLineWish, thingOf } from './kit.ts';

/** The columns that a caller sets. */
export interface KitColumns {
  readonly name: string;
  readonly note: string;
}

/** @throws AppError `conflict` `kit-name-taken`. */
export async function insertKit(tx: Tx, id: string, { name, note }: KitColumns): Promise<void> {
  await mapConstraints({ kit_name_unique: () => nameTaken(name) }, () =>
    tx.execute(`INSERT INTO kit (id, name, note) VALUES ($1, $2, nullif($3, ''))`, [id, name, note]),
  );
}

/**
 * Reads a kit in use, which nobody else can change until the transaction ends.
 * @throws AppError `not-found`; `conflict` `kit-retired`; `stale` when its version is not the expected one.
 */
export async function lockKit(tx: Tx, id: string, expectedVersion: number): Promise<KitColumns> {
  const [found] = await tx.rows<KitColumns & { version: number; retired: boolean }>(
    `SELECT name, coalesce(note, '') AS note, version, retired_at IS NOT NULL AS retired
     FROM kit WHERE id = $1 FOR NO KEY UPDATE`,
    [id],
  );
  if (!found) throw new AppError('not-found', 'no-such-kit', `There is no kit ${id}`);
  const { version, retired, ...columns } = found;
  if (version !== expectedVersion) {
    throw new AppError(
      'stale',
      'stale-kit',
      `Kit ${found.name} is at version ${version}, not ${expectedVersion}: read it and decide again`,
    );
  }
  if (retired) throw new AppError('conflict', 'kit-retired', `Kit ${found.name} is retired and changes no more`);
  return columns;
}

/** Writes the columns and counts the version up. The caller holds the row. @throws AppError `conflict` `kit-name-taken`. */
export async function updateKitRow(tx: Tx, id: string, { name, note }: KitColumns): Promise<void> {
  await mapConstraints({ kit_name_unique: () => nameTaken(name) }, () =>
    tx.execute(
      `UPDATE kit SET name = $2, note = nullif($3, ''), version = version + 1, updated_at = now() WHERE id = $1`,
      [id, name, note],
    ),
  );
}

/** Marks a kit as retired and counts its version up. The caller holds the row. */
export async function retireKitRow(tx: Tx, id: string, reason: string): Promise<void> {
  await tx.execute(
    'UPDATE kit SET retired_at = now(), retired_reason = $2, version = version + 1, updated_at = now() WHERE id = $1',
    [id, reason],
  );
}

/**
 * Makes these, and no others, the lines of a kit, in their order.
 * @throws AppError `unprocessable` `unsuitable-kit-line` naming the first whose part, product or model is not in use.
 */
export async function setKitLines(tx: Tx, id: string, lines: readonly KitLineWish[]): Promise<void> {
  const known = await tx.rows<{ id: string }>(
    `SELECT id FROM part WHERE id = ANY ($1::uuid[]) AND retired_at IS NULL
     UNION ALL SELECT id FROM licence_product WHERE id = ANY ($2::uuid[]) AND retired_at IS NULL
     UNION ALL SELECT id FROM device_model WHERE id = ANY ($3::uuid[]) AND retired_at IS NULL`,
    [
      lines.flatMap((line) => ('partId' in line ? [line.partId] : [])),
      lines.flatMap((line) => ('productId' in line ? [line.productId] : [])),
      lines.flatMap((line) => ('deviceModelId' in line ? [line.deviceModelId] : [])),
    ],
  );
  const suitable = new Set(known.map((row) => row.id));
  const unsuitable = lines.findIndex((line) => !suitable.has(thingOf(line)));
  if (unsuitable >= 0) throw unsuitableLine(lines[unsuitable] as KitLineWish, unsuitable);
  await tx.execute('DELETE FROM kit_line WHERE kit_id = $1', [id]);
  await tx.execute(
    `INSERT INTO kit_line (kit_id, position, part_id, product_id, device_model_id, quantity)
     SELECT $1, n - 1, part_id, product_id, device_model_id, quantity
     FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::integer[])
       WITH ORDINALITY AS l (part_id, product_id, device_model_id, quantity, n)`,
    [
      id,
      lines.map((line) => ('partId' in line ? line.partId : null)),
      lines.map((line) => ('productId' in line ? line.productId : null)),
      lines.map((line) => ('deviceModelId' in line ? line.deviceModelId : null)),
      lines.map((line) => line.quantity),
    ],
  );
}

function unsuitableLine(line: KitLineWish, index: number): AppError {
  const what = 'partId' in line ? 'part' : 'productId' in line ? 'licensed product' : 'device model';
  return new AppError(
    'unprocessable',
    'unsuitable-kit-line',
    `A kit holds what is in use only: ${thingOf(line)} is no ${what} in use`,
    { fields: [{ field: `#/lines/${index}`, message: `must be the id of a ${what} in use` }] },
  );
}

function nameTaken(name: string): AppError {
  return new AppError('conflict', 'kit-name-taken', `A kit named ${name} exists already, perhaps retired`, {
    fields: [{ field: '#/name', message: 'is taken' }],
  });
}
