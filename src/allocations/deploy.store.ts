import type { Queryable } from '../database/database.ts';

/** A unit that a scanned code may mean. */
export interface ScannedUnit {
  readonly id: string;
  readonly partId: string;
  readonly partNumber: string;
  readonly serial: string;
  readonly state: string;
  readonly serviceId: string | null;
  readonly serviceName: string | null;
}

/** As many units of one serial (of different parts) as a message names. */
const SCANNED_MAX = 20;

/** The unit with an asset tag, or the units (of different parts) with a serial. */
export async function unitsOfCode(db: Queryable, code: string): Promise<ScannedUnit[]> {
  return db.rows<ScannedUnit>(
    `SELECT u.id, u.part_id AS "partId", p.part_number AS "partNumber", u.serial, u.state,
            u.deployed_service_id AS "serviceId", s.name AS "serviceName"
     FROM (SELECT * FROM unit WHERE lower(asset_tag) = lower($1)
           UNION SELECT * FROM unit WHERE lower(serial) = lower($1)) u
     JOIN part p ON p.id = u.part_id LEFT JOIN service s ON s.id = u.deployed_service_id
     ORDER BY u.id LIMIT ${SCANNED_MAX}`,
    [code],
  );
}

/** Whether there is a part of an id that is tracked by serial. */
export async function isSerialPart(db: Queryable, partId: string): Promise<boolean> {
  const [part] = await db.rows<{ tracking: string }>('SELECT tracking FROM part WHERE id = $1', [partId]);
  return part?.tracking === 'serial';
}

/** A service in use, which nobody can retire until the transaction ends; undefined when there is none. */
export async function holdService(db: Queryable, id: string): Promise<{ readonly name: string } | undefined> {
  const [found] = await db.rows<{ name: string }>(
    'SELECT name FROM service WHERE id = $1 AND retired_at IS NULL FOR SHARE',
    [id],
  );
  return found;
}
