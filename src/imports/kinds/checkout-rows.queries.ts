import { HOLDER_NAME } from '../../allocations/holder-name.queries.ts';
import type { Queryable, Tx } from '../../database/database.ts';
import { STAGED } from '../import-kind.ts';
import { LOCATION_JOIN } from './location-reference.ts';

/** A line that could be read, and what is there of what it names. Nulls where nothing is. */
export interface CheckoutFacts {
  readonly line: number;
  readonly holder: string;
  readonly assetTag: string | null;
  readonly manufacturer: string | null;
  readonly partNumber: string | null;
  readonly serial: string | null;
  readonly location: string | null;
  readonly quantity: number | null;
  readonly dueOn: string | null;
  readonly note: string | null;
  readonly lineId: string | null;
  readonly holderCount: number;
  readonly holderKind: 'person' | 'team' | 'service' | 'project' | null;
  readonly holderId: string | null;
  readonly partId: string | null;
  readonly tracking: 'serial' | 'bulk' | null;
  readonly placeId: string | null;
  readonly unitId: string | null;
  /** Whether the asset tag means another unit than the part and serial number. */
  readonly isOther: boolean;
  /** The line that is open already: the stated one, or that of the unit. */
  readonly open: OpenLine | null;
  /** Pieces of the part that the holder has already, without those of lines that the file states. */
  readonly out: number;
}

export interface OpenLine {
  readonly id: string;
  readonly holder: string;
  readonly holderKind: string;
  readonly holderId: string;
  readonly unitId: string | null;
  readonly partId: string | null;
  readonly quantity: number;
  readonly dueOn: string | null;
}

// Names of people and of services are unique, not those across kinds; projects have codes besides.
const HOLDERS = `
  SELECT lower(name) AS form, kind, id FROM principal WHERE kind IN ('person', 'team') AND disabled_at IS NULL
  UNION SELECT lower(x.email), p.kind, p.id FROM person x JOIN principal p ON p.id = x.id WHERE p.disabled_at IS NULL
  UNION SELECT lower(name), 'service', id FROM service WHERE retired_at IS NULL
  UNION SELECT lower(name), 'project', id FROM project WHERE retired_at IS NULL
  UNION SELECT lower(code), 'project', id FROM project WHERE retired_at IS NULL`;

const OPEN = `SELECT l.id, ${HOLDER_NAME} AS holder, a.holder_kind AS "holderKind", a.holder_id AS "holderId",
    l.unit_id AS "unitId", l.part_id AS "partId", l.quantity, (l.due_at AT TIME ZONE 'UTC')::date::text AS "dueOn"
  FROM allocation_line l JOIN allocation a ON a.id = l.allocation_id
  WHERE l.state = 'issued' AND l.kind <> 'seat'`;

/** The lines that could be read, in their order, with what is there; at most so many. */
export async function checkoutFacts(tx: Tx, limit: number): Promise<CheckoutFacts[]> {
  return tx.rows<CheckoutFacts>(
    `SELECT s.line, s.holder, s.asset_tag AS "assetTag", s.manufacturer, s.part_number AS "partNumber", s.serial, s.location,
       s.quantity::integer, s.due_on AS "dueOn", s.note, s.line_id AS "lineId",
       coalesce(meant.count, 0)::integer AS "holderCount", meant.kind AS "holderKind", meant.id AS "holderId",
       part.id AS "partId", part.tracking, place.id AS "placeId",
       coalesce(tagged.id, numbered.id) AS "unitId",
       coalesce(tagged.id <> numbered.id OR tagged.part_id <> part.id, false) AS "isOther",
       (SELECT to_jsonb(o) FROM (${OPEN} AND CASE WHEN s.line_id IS NULL THEN l.unit_id = coalesce(tagged.id, numbered.id)
          ELSE l.id = s.line_id::uuid END) o) AS open,
       coalesce((SELECT sum(l.quantity) FROM allocation_line l JOIN allocation a ON a.id = l.allocation_id
          WHERE l.part_id = part.id AND l.kind = 'stock' AND l.state = 'issued' AND a.holder_id = meant.id
            AND l.id::text NOT IN (SELECT line_id FROM ${STAGED} WHERE line_id IS NOT NULL)), 0)::integer AS out
     FROM ${STAGED} s
     LEFT JOIN (SELECT n.line, count(DISTINCT h.id), min(h.kind) AS kind, min(h.id::text)::uuid AS id
                FROM ${STAGED} n JOIN (${HOLDERS}) h ON h.form = lower(n.holder) AND h.kind = coalesce(n.holder_kind, h.kind)
                GROUP BY n.line) meant ON meant.line = s.line
     LEFT JOIN unit tagged ON lower(tagged.asset_tag) = lower(s.asset_tag)
     LEFT JOIN part stated ON lower(stated.manufacturer) = lower(s.manufacturer)
       AND lower(stated.part_number) = lower(s.part_number)
     LEFT JOIN part ON part.id = CASE WHEN num_nulls(s.manufacturer, s.part_number) > 0 THEN tagged.part_id ELSE stated.id END
     LEFT JOIN unit numbered ON numbered.part_id = part.id AND lower(numbered.serial) = lower(s.serial)
     ${LOCATION_JOIN}
     WHERE s.read_problems IS NULL ORDER BY s.line LIMIT $1`,
    [limit],
  );
}

/** Locks the pools of all parts that the lines name, in the order in which everybody locks them. */
export async function holdCheckouts(tx: Tx): Promise<void> {
  await tx.execute(
    `SELECT lock_pools(ARRAY(
       SELECT p.id FROM part p JOIN ${STAGED} s ON lower(p.manufacturer) = lower(s.manufacturer)
         AND lower(p.part_number) = lower(s.part_number)
       UNION SELECT u.part_id FROM unit u JOIN ${STAGED} s ON lower(u.asset_tag) = lower(s.asset_tag)), '{}')`,
  );
}

/** What is out, as a file states it, in the order of the ids of its lines. */
export async function checkoutCells(
  db: Queryable,
  after: string | null,
  limit: number,
): Promise<({ readonly id: string } & Readonly<Record<string, string | null>>)[]> {
  return db.rows(
    `SELECT l.id, ${HOLDER_NAME} AS holder, a.holder_kind, u.asset_tag, p.manufacturer, p.part_number, u.serial,
       place.code AS location, l.quantity::text AS quantity, (l.due_at AT TIME ZONE 'UTC')::date::text AS due_on, a.note,
       l.id::text AS line_id
     FROM allocation_line l JOIN allocation a ON a.id = l.allocation_id JOIN part p ON p.id = l.part_id
     LEFT JOIN unit u ON u.id = l.unit_id LEFT JOIN stock k ON k.id = l.stock_id
     LEFT JOIN location place ON place.id = k.location_id
     WHERE l.state = 'issued' AND l.kind <> 'seat' AND ($1::uuid IS NULL OR l.id > $1) ORDER BY l.id LIMIT $2`,
    [after, limit],
  );
}
