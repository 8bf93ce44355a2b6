import { allocate } from '../../src/allocations/allocate.service.ts';
import type { Allocation } from '../../src/allocations/allocation.ts';
import type { AllocationWish } from '../../src/allocations/checkout-request.ts';
import type { Caller } from '../../src/auth/caller.ts';
import type { Tx } from '../../src/database/database.ts';
import { AppError } from '../../src/kernel/errors.ts';
import { makeCaller } from '../people/cast.ts';
import type { TestDatabase } from '../support/database.ts';
import { EMERGENCY_CASE, openEmergency } from '../support/open-emergency.ts';
import { type Asked, type ModelLine, PoolModel, type Span } from './model.ts';
import { shelfOf } from './shelf.ts';

/** The form in which something is taken. */
export type Form = 'checkout' | 'hold' | 'reservation';

const startedAtMs = Date.now();

/** An instant so many hours after the tests began; undefined without end. */
export const atHour = (hour: number) =>
  Number.isFinite(hour) ? new Date(startedAtMs + hour * 3_600_000).toISOString() : undefined;

/** The service and the model side by side, on a pool of their own. */
export class Bench {
  readonly model = new PoolModel();
  readonly history: string[] = [];
  readonly bulkId: string;
  readonly partId: string;
  readonly entitlementId: string;
  readonly site: string;
  readonly otherSite: string;
  readonly caller: Caller;
  readonly database: TestDatabase;

  constructor(database: TestDatabase, made: Made) {
    this.database = database;
    this.bulkId = made.bulkId;
    this.partId = made.partId;
    this.entitlementId = made.entitlementId;
    this.site = made.site;
    this.otherSite = made.otherSite;
    this.caller = made.caller;
  }

  /** Runs a use case: answers what it gave, or the code of a refusal. Anything but a conflict fails the test. */
  async attempt<T>(work: (tx: Tx) => Promise<T>): Promise<{ readonly given: T } | { readonly refused: string }> {
    try {
      return { given: await this.database.db.transaction(work) };
    } catch (thrown) {
      if (thrown instanceof AppError && thrown.kind === 'conflict') return { refused: thrown.code };
      throw thrown;
    }
  }

  /** Expects that the service does what the model says, and answers what it gave when both say yes. */
  async expect<T>(said: string, granted: boolean | 'either', work: (tx: Tx) => Promise<T>): Promise<T | undefined> {
    const met = await this.attempt(work);
    const outcome = 'given' in met ? 'done' : `refused: ${met.refused}`;
    this.history.push(`${said} -> ${outcome}`);
    if (granted !== 'either' && 'given' in met !== granted)
      throw new Error(
        `the model ${granted ? 'grants' : 'refuses'} what the service ${'given' in met ? 'grants' : 'refuses'}`,
      );
    return 'given' in met ? met.given : undefined;
  }

  /** Takes something in a form, and adopts which rows and units the service chose, where the choice is allowed. */
  async take(form: Form, asked: Asked): Promise<void> {
    const said = `${form} ${JSON.stringify(asked)}`;
    const outcome = await this.expect(said, this.model.grants(asked), (tx) =>
      allocate(tx, this.caller, this.#wish(form, asked)),
    );
    if (!outcome) return;
    for (const { lineId } of outcome.displaced) {
      const line = this.model.lines.find(({ id }) => id === lineId);
      if (line?.state !== 'held' || asked.right !== 'emergency') throw new Error(`${lineId} was displaced`);
      line.state = 'preempted';
    }
    this.#adopt(outcome.allocation, asked);
  }

  #wish(form: Form, { span, right, pieces, row, seats, units, unit }: Asked): AllocationWish {
    const lines = [
      ...(pieces > 0
        ? [row === undefined ? { partId: this.bulkId, quantity: pieces } : { stockId: row, quantity: pieces }]
        : []),
      ...(seats > 0 ? [{ entitlementId: this.entitlementId, quantity: seats }] : []),
      ...(units > 0 ? [unit === undefined ? { partId: this.partId, quantity: units } : { unitId: unit }] : []),
    ];
    const common = {
      holder: { kind: 'team' as const, id: this.caller.principal.id },
      lines,
      ...(right === 'ordinary'
        ? { purpose: 'loan' as const }
        : { purpose: right === 'drill' ? ('drill' as const) : ('incident' as const), severity: 'emergency' as const }),
      ...(right === 'emergency' ? { reserve: { reason: 'the site is down', case: EMERGENCY_CASE } } : {}),
    };
    const until = atHour(span.until);
    if (form === 'checkout') return { form, ...common, ...(until === undefined ? {} : { dueAt: until }) };
    if (form === 'hold') return { form, ...common, expiresAt: until ?? '' };
    return { form, ...common, window: { from: atHour(span.from) ?? '', until: until ?? '' }, pickupGraceMinutes: 60 };
  }

  #adopt(allocation: Allocation, asked: Asked): void {
    const isIssue = allocation.form === 'checkout';
    const lines = allocation.lines.map(
      (line): ModelLine => ({
        id: line.id,
        allocationId: allocation.id,
        kind: line.kind,
        at: line.unit?.id ?? line.stock?.id ?? line.entitlement?.id ?? '',
        quantity: line.quantity,
        state: isIssue ? 'issued' : 'held',
        span: asked.span,
        isPinned: line.isPinned,
        isFromReserve: line.isFromReserve,
        purpose: allocation.purpose,
      }),
    );
    for (const kind of ['stock', 'seat', 'unit'] as const) {
      const given = lines.filter((line) => line.kind === kind).reduce((sum, { quantity }) => sum + quantity, 0);
      const wanted = { stock: asked.pieces, seat: asked.seats, unit: asked.units }[kind];
      if (given !== wanted) throw new Error(`${given} of ${wanted} were given`);
    }
    if (asked.right === 'ordinary' && lines.some(({ isFromReserve }) => isFromReserve))
      throw new Error('an ordinary line took from the reserve');
    this.model.lines.push(...lines);
    if (isIssue) for (const line of lines) this.leaves(line, line.quantity);
  }

  /** What is handed out does not lie there any more. */
  leaves({ kind, at }: ModelLine, quantity: number): void {
    if (kind === 'stock') this.model.rows.set(at, (this.model.rows.get(at) ?? 0) - quantity);
    if (kind === 'unit') this.model.units.set(at, 'issued');
  }

  /** Compares everything with the database, and the database with its own ledger. */
  async check(): Promise<void> {
    const { db } = this.database;
    const [rows, lines, units] = await Promise.all([
      db.rows<{ id: string; quantity: number; condition: string; ledger: string }>(
        `SELECT id, quantity, condition, (SELECT coalesce(sum(CASE WHEN m.to_stock_id = s.id THEN m.quantity ELSE -m.quantity END), 0)
           FROM movement m WHERE s.id IN (m.to_stock_id, m.from_stock_id)) AS ledger FROM stock s WHERE part_id = $1`,
        [this.bulkId],
      ),
      db.rows<{ id: string; state: string; quantity: number; at: string; root: string; allocation: string }>(
        `SELECT l.id, l.quantity, coalesce(l.unit_id, l.stock_id, l.entitlement_id) AS at, l.root_line_id AS root, l.allocation_id AS allocation,
           CASE WHEN l.state = 'held' AND l.expires_at <= clock_timestamp() THEN 'expired' ELSE l.state END AS state
         FROM allocation_line l WHERE $1 IN (l.part_id, l.entitlement_id) OR $2 = l.part_id OR $3 = l.entitlement_id`,
        [this.bulkId, this.partId, this.entitlementId],
      ),
      db.rows<{ id: string; state: string; ledger: string }>(
        `SELECT id, state, (SELECT to_state FROM movement WHERE unit_id = u.id ORDER BY id DESC LIMIT 1) AS ledger FROM unit u WHERE part_id = $1`,
        [this.partId],
      ),
    ]);
    for (const row of rows) {
      const known = (row.condition === 'usable' ? this.model.rows : this.model.quarantined).get(row.id);
      same(`stock row ${row.id}`, [row.quantity, Number(row.ledger)], [known ?? 0, known ?? 0]);
      if (row.quantity < 0) throw new Error('negative stock');
    }
    for (const unit of units)
      same(
        `unit ${unit.id}`,
        [unit.state, unit.ledger],
        [this.model.units.get(unit.id), this.model.units.get(unit.id)],
      );
    this.#compareLines(lines);
  }

  #compareLines(lines: readonly { id: string; state: string; quantity: number; at: string; root: string }[]): void {
    const known = new Map(this.model.lines.map((line) => [line.id, line]));
    for (const line of lines) {
      const model = known.get(line.id);
      // A part that came back is a line of its own: the model counts it with the row, not with the line.
      if (!model) {
        if (line.root === line.id || ['held', 'issued'].includes(line.state))
          throw new Error(`line ${line.id} came from nowhere`);
        continue;
      }
      same(`line ${line.id}`, [line.state, line.quantity], [model.state, model.quantity]);
      // What is not pinned may have moved, to a unit that is free then.
      if (model.at !== line.at && model.isPinned) throw new Error(`line ${line.id} is on another thing`);
      model.at = line.at;
    }
    same('number of lines', lines.filter(({ id }) => known.has(id)).length, known.size);
    const live = this.model.lines.filter(
      ({ kind, state }) => kind === 'unit' && (state === 'held' || state === 'issued'),
    );
    for (const [index, line] of live.entries()) {
      const twice = live.slice(index + 1).find(({ at, span }) => at === line.at && overlap(span, line.span));
      if (twice) throw new Error(`unit ${line.at} is promised twice`);
    }
  }
}

const overlap = (a: Span, b: Span) => a.from < b.until && b.from < a.until;

function same(what: string, found: unknown, wanted: unknown): void {
  if (JSON.stringify(found) !== JSON.stringify(wanted))
    throw new Error(`${what}: ${JSON.stringify(found)}, the model has ${JSON.stringify(wanted)}`);
}

interface Made {
  readonly bulkId: string;
  readonly partId: string;
  readonly entitlementId: string;
  readonly site: string;
  readonly otherSite: string;
  readonly caller: Caller;
}

/** How a history begins. */
export interface Beginning {
  readonly pieces?: readonly number[];
  readonly units?: number;
  readonly seats?: number;
  readonly pieceReserve?: number;
  readonly unitReserve?: number;
  readonly seatReserve?: number;
}

/** Makes benches, each with a part, a bulk part and an entitlement of its own. */
export function benchesOf(database: TestDatabase) {
  const shelf = shelfOf(database);
  let common: Promise<{ site: string; otherSite: string; caller: Caller; product: string }> | undefined;
  const make = async () => ({
    site: await shelf.site(),
    otherSite: await shelf.site(),
    caller: await makeCaller(database.db),
    product: await shelf.product(),
    emergency: await openEmergency(database),
  });
  return async ({
    pieces = [],
    units = 0,
    seats = 0,
    pieceReserve = 0,
    unitReserve = 0,
    seatReserve = 0,
  }: Beginning): Promise<Bench> => {
    common ??= make();
    const { site, otherSite, caller, product } = await common;
    const bulkId = await shelf.part({ tracking: 'bulk', emergency_reserve: pieceReserve });
    const partId = await shelf.part({ emergency_reserve: unitReserve });
    const entitlementId = await shelf.entitlement(product, { quantity: seats, emergency_reserve: seatReserve });
    const bench = new Bench(database, { bulkId, partId, entitlementId, site, otherSite, caller });
    Object.assign(bench.model, { pieceReserve, unitReserve, seats, seatReserve });
    for (const [index, quantity] of pieces.entries()) {
      bench.model.rows.set(await shelf.stock(bulkId, index === 0 ? site : otherSite, quantity), quantity);
    }
    for (const id of await shelf.units(partId, site, units)) bench.model.units.set(id, 'in_stock');
    bench.history.push(`begin ${JSON.stringify({ pieces, units, seats, pieceReserve, unitReserve, seatReserve })}`);
    return bench;
  };
}
