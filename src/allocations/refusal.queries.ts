import type { Tx } from '../database/database.ts';
import type { Span } from './allocate-span.ts';
import { allocationCode } from './allocation.ts';
import { entitlementAvailability, partAvailability } from './availability.queries.ts';
import type { EntitlementAvailability } from './availability.ts';
import type { Short } from './pick.ts';
import type { PoolHolder, Shortage, UnitFacts } from './refusal.ts';

/** Parts of one line that a refusal looks at: the best fits of a failed device. */
const PARTS_OF_LINE_MAX = 3;

/** What a short line is asked with besides itself. */
export interface ShortLine {
  readonly short: Short;
  readonly isServedByReserve: boolean;
  readonly notAccepted: readonly { readonly partId: string; readonly conditions: readonly string[] }[];
}

/**
 * Everything that a refusal says of lines that are short, read under the locks of their pools: three statements, however
 * many lines.
 */
export async function shortageFacts(tx: Tx, lines: readonly ShortLine[], span: Span): Promise<Shortage[]> {
  const partIds = lines.flatMap(({ short }) => partIdsOf(short));
  const entitlementIds = lines.flatMap(({ short }) => (short.want.kind === 'seat' ? short.want.entitlementIds : []));
  const [facts] = await tx.rows<FactsRecord>(FACTS, [
    partIds,
    entitlementIds,
    lines.flatMap(({ short }) => (short.want.kind === 'unit' ? [short.want.unitId] : [])),
    lines.flatMap(({ notAccepted }) => notAccepted.map(({ partId }) => partId)),
    span.range,
    span.firstDay,
  ]);
  if (!facts) throw new Error('A statement without FROM answered no row');
  const window = { from: span.from, until: span.until };
  const parts = await partAvailability(tx, [...partIds, ...facts.substitutes.map(({ partId }) => partId)], window);
  const seats = await entitlementAvailability(tx, [...entitlementIds, ...facts.siblings], window);
  const known: Known = {
    facts,
    parts: new Map(parts.map((part) => [part.part.id, part])),
    seats: new Map(seats.map((one) => [one.entitlement.id, one])),
  };
  return lines.map((line) => shortageOf(line, known));
}

interface Known {
  readonly facts: FactsRecord;
  readonly parts: ReadonlyMap<string, Shortage['parts'][number]['available']>;
  readonly seats: ReadonlyMap<string, EntitlementAvailability>;
}

function shortageOf(line: ShortLine, { facts, parts, seats }: Known): Shortage {
  const { short, isServedByReserve, notAccepted } = line;
  const { want } = short;
  const unitId = want.kind === 'unit' ? want.unitId : undefined;
  const holdersOf = (poolId: string) =>
    facts.holders.filter((holder) => holder.poolId === poolId && (!unitId || holder.unitId === unitId)).map(holderOf);
  const entitlementIds = want.kind === 'seat' ? want.entitlementIds : [];
  const assignee = want.kind === 'seat' ? (want.assignee?.toLowerCase() ?? null) : null;
  const looked = entitlementIds.flatMap((id) => seats.get(id) ?? []);
  return {
    short,
    isServedByReserve,
    unit: facts.units.find(({ id }) => id === unitId) ?? null,
    parts: partIdsOf(short).flatMap((partId) => {
      const available = parts.get(partId);
      if (!available) return [];
      const substitutes = facts.substitutes
        .filter((fit) => fit.replacedId === partId)
        .map(({ partId: id, partNumber, conditions }) => {
          return { partNumber, conditions, free: parts.get(id)?.freeWithoutReserve ?? 0 };
        });
      return [{ available, holders: holdersOf(partId), substitutes }];
    }),
    seats: looked.map((available) => ({
      available,
      holders: holdersOf(available.entitlement.id),
      isSeated:
        available.entitlement.metric === 'named-user' &&
        facts.seated.some((seat) => seat.entitlementId === available.entitlement.id && seat.assignee === assignee),
    })),
    otherSeats: [...seats.values()].filter(
      ({ entitlement, freeWithoutReserve }) =>
        freeWithoutReserve > 0 &&
        !entitlementIds.includes(entitlement.id) &&
        looked.some((one) => one.entitlement.productId === entitlement.productId),
    ),
    notAccepted: notAccepted.map(({ partId, conditions }) => ({
      partNumber: facts.partNumbers.find(({ id }) => id === partId)?.partNumber ?? partId,
      conditions,
    })),
  };
}

function partIdsOf({ want }: Short): string[] {
  if (want.kind === 'seat') return [];
  if (want.kind !== 'fit') return [want.partId];
  return want.options.slice(0, PARTS_OF_LINE_MAX).map(({ partId }) => partId);
}

interface HolderRecord {
  readonly poolId: string;
  readonly unitId: string | null;
  readonly number: number;
  readonly holder: string;
  readonly quantity: number;
  readonly state: 'held' | 'issued';
  readonly until: string | null;
  readonly isOverdue: boolean;
}

const holderOf = ({ number, holder, quantity, state, until, isOverdue }: HolderRecord): PoolHolder => ({
  code: allocationCode(number),
  holder,
  quantity,
  state,
  until,
  isOverdue,
});

interface FactsRecord {
  readonly holders: readonly HolderRecord[];
  readonly units: readonly (UnitFacts & { readonly id: string })[];
  readonly substitutes: readonly {
    readonly replacedId: string;
    readonly partId: string;
    readonly partNumber: string;
    readonly conditions: string | null;
  }[];
  readonly siblings: readonly string[];
  readonly seated: readonly { readonly entitlementId: string; readonly assignee: string }[];
  readonly partNumbers: readonly { readonly id: string; readonly partNumber: string }[];
}

// Of each pool those who give back first; of a unit that was asked for by name, everybody.
const FACTS = `
  WITH live AS (
    SELECT coalesce(l.part_id, l.entitlement_id) AS pool_id, l.*,
           CASE l.state WHEN 'held' THEN least(l.expires_at, upper(l.during)) ELSE l.due_at END AS ends_at,
           row_number() OVER (PARTITION BY coalesce(l.part_id, l.entitlement_id)
             ORDER BY (l.unit_id = ANY ($3::uuid[])) DESC NULLS LAST,
               CASE l.state WHEN 'held' THEN least(l.expires_at, upper(l.during)) ELSE l.due_at END NULLS LAST) AS rank
    FROM allocation_line l
    WHERE (l.part_id = ANY ($1::uuid[]) OR l.entitlement_id = ANY ($2::uuid[]))
      AND (l.state = 'issued' OR (l.state = 'held' AND l.expires_at > clock_timestamp() AND l.during && $5::tstzrange))
  )
  SELECT
    (SELECT coalesce(json_agg(json_build_object('poolId', l.pool_id, 'unitId', l.unit_id, 'number', a.number,
        'holder', coalesce(hp.name, hs.name, hj.name), 'quantity', l.quantity, 'state', l.state,
        'until', CASE WHEN isfinite(l.ends_at) THEN to_char(l.ends_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') END,
        'isOverdue', coalesce(l.state = 'issued' AND l.due_at < clock_timestamp(), false)) ORDER BY l.rank), '[]')
     FROM live l JOIN allocation a ON a.id = l.allocation_id
     LEFT JOIN principal hp ON hp.id = a.holder_principal_id
     LEFT JOIN service hs ON hs.id = a.holder_service_id
     LEFT JOIN project hj ON hj.id = a.holder_project_id
     WHERE l.rank <= 10) AS holders,
    (SELECT coalesce(json_agg(json_build_object('id', u.id, 'serial', u.serial, 'state', u.state, 'location', loc.code,
        'isExpired', coalesce(u.expires_on < greatest($6::date, utc_today()), false),
        'isUntested', coalesce(u.test_due_on < utc_today(), false))), '[]')
     FROM unit u LEFT JOIN location loc ON loc.id = u.location_id WHERE u.id = ANY ($3::uuid[])) AS units,
    (SELECT coalesce(json_agg(json_build_object('replacedId', f.replaced_part_id, 'partId', p.id,
        'partNumber', p.part_number, 'conditions', f.conditions) ORDER BY f.rank), '[]')
     FROM part_fit f JOIN part p ON p.id = f.part_id
     WHERE f.replaced_part_id = ANY ($1::uuid[]) AND p.retired_at IS NULL) AS substitutes,
    (SELECT coalesce(json_agg(e.id ORDER BY e.ends_on), '[]') FROM entitlement e
     WHERE e.product_id IN (SELECT product_id FROM entitlement WHERE id = ANY ($2::uuid[]))
       AND NOT e.id = ANY ($2::uuid[]) AND entitlement_seats(e) > 0) AS siblings,
    (SELECT coalesce(json_agg(DISTINCT jsonb_build_object('entitlementId', l.entitlement_id, 'assignee', lower(l.assignee))), '[]')
     FROM live l WHERE l.assignee IS NOT NULL) AS seated,
    (SELECT coalesce(json_agg(json_build_object('id', p.id, 'partNumber', p.part_number)), '[]')
     FROM part p WHERE p.id = ANY ($4::uuid[])) AS "partNumbers"`;
