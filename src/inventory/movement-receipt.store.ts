import type { Tx } from '../database/database.ts';

/** What a receipt must know of a part. */
export interface ReceivedPart {
  readonly id: string;
  readonly partNumber: string;
  readonly tracking: 'serial' | 'bulk';
  readonly retired: boolean;
  /** The last day of the shelf life of what comes now, an ISO date in UTC; null when it has none. */
  readonly expiresOn: string | null;
}

/**
 * Parts as they are. The caller has locked their pools, so they stay so.
 * @param receivedAt the instant of receipt; now when left out.
 */
export async function partsToReceive(tx: Tx, ids: readonly string[], receivedAt?: Date): Promise<ReceivedPart[]> {
  return tx.rows<ReceivedPart>(
    `SELECT id, part_number AS "partNumber", tracking, retired_at IS NOT NULL AS retired, 
       ((coalesce($2::timestamptz, now()) AT TIME ZONE 'UTC')::date + shelf_life_days)::text AS "expiresOn"
     FROM part WHERE id = ANY ($1::uuid[])`,
    [ids, receivedAt?.toISOString() ?? null],
  );
}

/** A unit that is to come, and the number of its line. */
export interface Arrival {
  readonly position: number;
  readonly partId: string;
  readonly serial: string;
  readonly assetTag?: string | undefined;
}

/** Why a line cannot come: its serial or its tag is that of a unit that is there, or of an earlier line. */
export interface Clash {
  readonly position: number;
  readonly serialTaken: boolean;
  readonly serialRepeated: boolean;
  readonly tagTaken: boolean;
  readonly tagRepeated: boolean;
}

/** The arrivals that clash with what is there or with each other, in order. The database judges what is the same, as its indexes do. */
export async function clashesOf(tx: Tx, arrivals: readonly Arrival[]): Promise<Clash[]> {
  if (arrivals.length === 0) return [];
  return tx.rows<Clash>(
    `SELECT * FROM (
       SELECT a.position,
         EXISTS (SELECT FROM unit u WHERE u.part_id = a."partId" AND lower(u.serial) = lower(a.serial)) AS "serialTaken",
         row_number() OVER (PARTITION BY a."partId", lower(a.serial) ORDER BY a.position) > 1 AS "serialRepeated",
         EXISTS (SELECT FROM unit u WHERE lower(u.asset_tag) = lower(a."assetTag")) AS "tagTaken",
         a."assetTag" IS NOT NULL
           AND row_number() OVER (PARTITION BY lower(a."assetTag") ORDER BY a.position) > 1 AS "tagRepeated"
       FROM jsonb_to_recordset($1::jsonb) AS a (position integer, "partId" uuid, serial text, "assetTag" text)
     ) judged
     WHERE "serialTaken" OR "serialRepeated" OR "tagTaken" OR "tagRepeated"
     ORDER BY position`,
    [JSON.stringify(arrivals)],
  );
}
