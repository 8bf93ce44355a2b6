import type { Tx } from '../../database/database.ts';

/** SHA-256 of one file of a point. */
export interface FileDigest {
  readonly pointId: string;
  readonly path: string;
  readonly digest: string;
}

/** Notes the digests of files of points, where none is on record. */
export async function recordFileDigests(tx: Tx, digests: readonly FileDigest[]): Promise<void> {
  if (digests.length === 0) return;
  await tx.execute(
    `UPDATE recovery_point_file f SET digest = read.digest
       FROM unnest($1::uuid[], $2::text[], $3::text[]) AS read (point_id, path, digest)
      WHERE f.point_id = read.point_id AND f.path = read.path AND f.digest IS NULL`,
    [digests.map(({ pointId }) => pointId), digests.map(({ path }) => path), digests.map(({ digest }) => digest)],
  );
}
