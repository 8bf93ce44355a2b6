import type { Queryable } from '../database/database.ts';
import { instantOf } from '../kernel/clock.ts';
import { noSuchAction } from './improvement-action.store.ts';
import type { Action, ActionSourceKind, ActionState } from './improvement-action.ts';

/** Which actions a list holds; an absent filter lets all pass. */
interface ActionFilter {
  readonly state: ActionState | 'all';
  readonly ownerId?: string | undefined;
  readonly isOverdue?: boolean | undefined;
  readonly source?: ActionSourceKind | undefined;
  /** The run of a drill that has found it, or the review. */
  readonly sourceId?: string | undefined;
}

/** Where a page ends: the due time as {@link ListedAction} has it, and the id. */
type ActionKey = readonly [dueAt: string, id: string];

interface ListedAction {
  readonly action: Action;
  readonly key: ActionKey;
}

/** Actions of drills and all others in the order of their due times; `after` continues behind the key of the last one seen. */
export async function listActions(
  db: Queryable,
  filter: ActionFilter,
  page: { readonly limit: number; readonly after?: ActionKey | undefined },
): Promise<ListedAction[]> {
  const rows = await db.rows<ActionRow>(
    `${SELECT_MERGED} FROM ((${pageOf(OWN)}) UNION ALL (${pageOf(OF_DRILLS)})) m ORDER BY m.due_at, m.id LIMIT $7`,
    [
      filter.state,
      filter.ownerId ?? null,
      filter.isOverdue ?? null,
      filter.source ?? null,
      filter.sourceId ?? null,
      page.after?.[0] ?? null,
      page.limit,
      page.after?.[1] ?? null,
    ],
  );
  return rows.map((row) => ({ action: actionOf(row), key: [row.due_key, row.id] }));
}

/**
 * One action of whatever source.
 * @throws AppError `not-found` `no-such-action`.
 */
export async function actionById(db: Queryable, id: string): Promise<Action> {
  const [row] = await db.rows<ActionRow>(
    `${SELECT_MERGED} FROM (${OWN.select} WHERE a.id = $1 UNION ALL ${OF_DRILLS.select} WHERE a.id = $1) m`,
    [id],
  );
  if (!row) throw noSuchAction(id);
  return actionOf(row);
}

const SELECT_MERGED = `
  SELECT m.*, m.due_at::text AS due_key, m.state = 'open' AND m.due_at < clock_timestamp() AS is_overdue`;

/** One of the two tables: what it answers, and how its rows tell what filters ask for. */
interface ActionTable {
  readonly select: string;
  readonly isOpen: string;
  readonly isInState: string;
  readonly sourceKind: string;
  readonly sourceId: string;
}

const OWN: ActionTable = {
  select: `SELECT a.id, a.source_kind, a.source_id, NULL AS drill, a.title, a.note, a.owner_id, o.name AS owner_name, a.due_at,
      a.state, a.ended_at, a.outcome, a.ended_by AS ended_by_id, e.name AS ended_by_name, NULL::uuid AS ended_run_id,
      a.created_at, a.version
    FROM improvement_action a JOIN principal o ON o.id = a.owner_id LEFT JOIN principal e ON e.id = a.ended_by`,
  isOpen: `a.state = 'open'`,
  isInState: 'a.state = $1',
  sourceKind: 'a.source_kind',
  sourceId: 'a.source_id',
};

const OF_DRILLS: ActionTable = {
  select: `SELECT a.id, 'drill', a.opened_by_run, a.drill, a.summary, '', a.owner_id, a.owner_name, a.due_at,
      CASE WHEN a.closed_at IS NULL THEN 'open' ELSE 'done' END, a.closed_at, NULL, NULL::uuid, NULL, a.closed_by_run,
      a.created_at, a.version
    FROM drill_action a`,
  isOpen: 'a.closed_at IS NULL',
  isInState: `CASE $1 WHEN 'open' THEN a.closed_at IS NULL WHEN 'done' THEN a.closed_at IS NOT NULL ELSE false END`,
  sourceKind: `'drill'`,
  sourceId: 'a.opened_by_run',
};

/** A page of one table, cut before the two are merged. */
const pageOf = ({ select, isOpen, isInState, sourceKind, sourceId }: ActionTable) => `
  ${select}
  WHERE ($1::text = 'all' OR ${isInState}) AND ($2::uuid IS NULL OR a.owner_id = $2)
    AND ($3::boolean IS NULL OR (${isOpen} AND a.due_at < clock_timestamp()) = $3)
    AND ($4::text IS NULL OR ${sourceKind} = $4) AND ($5::uuid IS NULL OR ${sourceId} = $5)
    AND ($6::timestamptz IS NULL OR (a.due_at, a.id) > ($6, $8::uuid))
  ORDER BY a.due_at, a.id LIMIT $7`;

interface ActionRow {
  readonly id: string;
  readonly source_kind: ActionSourceKind;
  readonly source_id: string | null;
  readonly drill: string | null;
  readonly title: string;
  readonly note: string;
  readonly owner_id: string | null;
  readonly owner_name: string;
  readonly due_at: Date;
  readonly due_key: string;
  readonly state: ActionState;
  readonly is_overdue: boolean;
  readonly ended_at: Date | null;
  readonly outcome: string | null;
  readonly ended_by_id: string | null;
  readonly ended_by_name: string | null;
  readonly ended_run_id: string | null;
  readonly created_at: Date;
  readonly version: number;
}

function actionOf(row: ActionRow): Action {
  const { id, title, note, state, version } = row;
  return {
    ...{ id, title, note, state, version },
    source: { kind: row.source_kind, id: row.source_id, drill: row.drill },
    owner: { id: row.owner_id, name: row.owner_name },
    dueAt: instantOf(row.due_at),
    isOverdue: row.is_overdue,
    end: row.ended_at && {
      at: instantOf(row.ended_at),
      outcome: row.outcome,
      by: row.ended_by_id === null ? null : { id: row.ended_by_id, name: row.ended_by_name ?? '' },
      runId: row.ended_run_id,
    },
    createdAt: instantOf(row.created_at),
  };
}

/** An open action whose time is over. */
interface OverdueAction {
  readonly id: string;
  readonly title: string;
  readonly ownerId: string;
  readonly dueAt: Date;
}

/** As many are told in one look; the others come in the next. */
const OVERDUE_MAX = 500;

/**
 * Open actions, not of drills, that are overdue and of which their owner was not told. One that was given more time, or another
 * owner, is told again.
 */
export async function untoldOverdueActions(db: Queryable): Promise<OverdueAction[]> {
  return db.rows<OverdueAction>(
    `SELECT a.id, a.title, a.owner_id AS "ownerId", a.due_at AS "dueAt" FROM improvement_action a
     WHERE a.state = 'open' AND a.due_at < clock_timestamp()
       AND NOT EXISTS (SELECT FROM notice n WHERE n.subject_kind = 'improvement-action' AND n.subject_id = a.id
         AND n.recipient_id = a.owner_id AND n.kind = 'improvement-action.overdue'
         AND (n.details ->> 'dueAt')::timestamptz = date_trunc('milliseconds', a.due_at))
     ORDER BY a.due_at, a.id LIMIT $1`,
    [OVERDUE_MAX],
  );
}
