import type { Tx } from '../../database/database.ts';

/** Notes the digests of the files of a point, where none is on record. */
export async function recordFileDigests(tx: Tx, pointId: string, digests: ReadonlyMap<string, string>): Promise<void> {
  if (digests.size === 0) return;
  await tx.execute(
    `UPDATE recovery_point_file f SET digest = read.digest
       FROM unnest($2::text[], $3::text[]) AS read (path, digest)
      WHERE f.point_id = $1 AND f.path = read.path AND f.digest IS NULL`,
    [pointId, [...digests.keys()], [...digests.values()]],
  );
}
