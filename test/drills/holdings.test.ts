import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { recordVerdict } from '../../src/backups/catalogue.store.ts';
import { openCatalogue } from '../../src/drills/catalogue.ts';
import { runById } from '../../src/drills/drill-run.queries.ts';
import { findEvidence } from '../../src/drills/evidence.store.ts';
import { holdingsOf } from '../../src/drills/holding.queries.ts';
import { discardKept } from '../../src/drills/kept.service.ts';
import type { Phase } from '../../src/drills/phase.ts';
import { reapInterrupted } from '../../src/drills/reaper.ts';
import { reportSchema } from '../../src/drills/report.ts';
import { reportHtml } from '../../src/drills/report-html.ts';
import { type DrillRun, exitStatusOf } from '../../src/drills/run.ts';
import { carryOutRun } from '../../src/drills/runner.ts';
import { serviceProofs } from '../../src/drills/service-proof.ts';
import { sightUnit } from '../../src/drills/sighting.service.ts';
import { newId } from '../../src/kernel/ids.ts';
import { serviceById } from '../../src/services/service.queries.ts';
import { createService } from '../../src/services/services.service.ts';
import { reportEvent } from '../../src/sla/case-event.service.ts';
import { confirmPolicy } from '../../src/sla/policy.service.ts';
import { approveProposal, proposePolicy } from '../../src/sla/policy-proposal.service.ts';
import { counterOf } from '../allocations/support.ts';
import { auditOf, makeCaller } from '../people/cast.ts';
import { useDrillWorld } from './support/drill-world.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const world = useDrillWorld();
const counter = counterOf(world);
let siteA: string;
let siteB: string;

const SEEN = { last_seen_at: new Date() };

beforeAll(async () => {
  const point = await world.capture();
  const [row] = await world.db.rows<{ id: string }>('SELECT id FROM recovery_point WHERE name = $1', [point.name]);
  const sound = { verdict: 'sound', level: 'content', wasReadInFull: true, digest: undefined } as const;
  await world.db.transaction((tx) => recordVerdict(tx, row?.id ?? '', sound));
  siteA = await counter.site('SITE-A');
  siteB = await counter.site('SITE-B');
});

/** A service of its own with a drill of the same name, which needs what the YAML says. */
async function makeDrill(name: string, resources: string, scenario = ''): Promise<string> {
  const caller = await makeCaller(world.db);
  const service = await world.db.transaction((tx) =>
    createService(tx, caller, {
      ...{ name, criticality: 'emergency', ownerId: caller.principal.id, customer: '', dependencies: [] },
      ...{ backupSets: [], requirements: { spares: [], seats: [], skills: [] }, maxProofAgeDays: 30 },
    }),
  );
  await world.define(name, (text) =>
    text
      .replace('name: muster-database', `name: ${name}`)
      .replace('service: muster', `service: ${name}`)
      .replace('resources:\n  ofService: true', `resources:\n${resources}`)
      .replace(/^(scenario:\n)/m, `$1${scenario}`)
      .replace(/^schedule:\n(?: {2}.*\n)+/m, ''),
  );
  return service.id;
}

/** Does something when the run reaches a phase, before the phase's work. */
const at = (phase: Phase, work: () => Promise<unknown>) => ({
  onPhase: async (reached: Phase) => {
    if (reached === phase) await work();
  },
});

const lines = (run: DrillRun) =>
  world.db.rows<{ state: string; from_reserve: boolean }>(
    `SELECT l.state, l.from_reserve FROM allocation_line l JOIN drill_holding h ON h.line_id = l.id
     WHERE h.run_id = $1 ORDER BY h.position`,
    [run.id],
  );

async function reportOf(run: DrillRun) {
  const evidence = await findEvidence(world.db, run.id);
  if (!evidence) throw new Error('no evidence');
  const report = reportSchema.parse(JSON.parse(evidence.report));
  return { report, page: reportHtml(report, evidence) };
}

const openActions = (drill: string) =>
  world.db.rows<{ subject: string }>('SELECT subject FROM drill_action WHERE drill = $1 AND closed_at IS NULL', [
    drill,
  ]);

describe('a drill that needs spares and seats', () => {
  test('holds them while it goes on, reserve included, and gives everything back', async () => {
    const psu = await counter.part({ part_number: 'PSU-HELD', emergency_reserve: 1 });
    await counter.unit(psu, siteA, { serial: 'PSU-1', ...SEEN });
    const cable = await counter.part({ part_number: 'CABLE-HELD', tracking: 'bulk' });
    await counter.stock(cable, siteB, 10);
    const product = await counter.product('Held Standard');
    await counter.entitlement(product, { metric: 'named-user', quantity: 2 });
    await makeDrill(
      'held',
      `  spares:\n    - part: PSU-HELD\n    - part: Northwind CABLE-HELD\n      quantity: 3\n  seats:\n    - product: Held Standard\n      quantity: 2`,
    );
    let during: { state: string; from_reserve: boolean }[] = [];
    const runId = await world.open('held', 'availability');
    const look = async () => {
      during = await lines(await runById(world.db, runId));
    };
    await carryOutRun(await world.deps(at('handover', look)), runId, new AbortController().signal);
    const run = await runById(world.db, runId);
    expect(during.map(({ state, from_reserve }) => [state, from_reserve])).toEqual([
      ['held', true],
      ['held', false],
      ['held', false],
      ['held', false],
    ]);
    expect((await lines(run)).map(({ state }) => state)).toEqual(['released', 'released', 'released', 'released']);
    expect(run).toMatchObject({ status: 'completed', mode: 'availability', procedure: 'not assessed' });
    expect(run).toMatchObject({ availability: 'passed', technicalRtaSeconds: null, cleanup: 'done' });
    expect(run.availabilityReason).toMatch(
      /was sound at its last check; held: 4 spares \(0 sighted, 4 on record only\) and 2 seats, 1 of these from the emergency reserve/,
    );
    expect(exitStatusOf(run, [])).toBe(0);
    const { report, page } = await reportOf(run);
    expect(report.holdings.map(({ wanted, thing, place, sighting }) => [wanted, thing, place, sighting])).toEqual([
      ['1 of PSU-HELD', 'PSU-HELD serial PSU-1', 'SITE-A', 'on record only'],
      ['3 of Northwind CABLE-HELD', '3 of CABLE-HELD', 'SITE-B', 'on record only'],
      ['2 seats of Held Standard', expect.stringMatching(/^1 of Contoso Held Standard/), null, null],
      ['2 seats of Held Standard', expect.stringMatching(/^1 of Contoso Held Standard/), null, null],
    ]);
    expect(report.notProven.join(' ')).toMatch(/nothing was restored.*2 of the spares lie where the register says/);
    expect(page).toContain('PSU-HELD serial PSU-1, from the emergency reserve');
  });

  test('goes on without what is short, holds nothing, and opens an action that a later run closes', async () => {
    const disk = await counter.part({ part_number: 'DISK-SHORT' });
    const there = await counter.part({ part_number: 'FAN-THERE' });
    await counter.unit(there, siteA, SEEN);
    const serviceId = await makeDrill('short', '  spares:\n    - part: FAN-THERE\n    - part: DISK-SHORT');
    const run = await world.drill({ drill: 'short' });
    expect(run).toMatchObject({ status: 'completed', validation: 'passed', procedure: 'passed' });
    expect(run).toMatchObject({ availability: 'failed' });
    expect(run.availabilityReason).toMatch(/^not there: 1 of DISK-SHORT \(.*\)$/);
    expect((await holdingsOf(world.db, run.id)).map(({ wanted, state }) => [wanted, state])).toEqual([
      ['1 of FAN-THERE', 'not held'],
      ['1 of DISK-SHORT', 'short'],
    ]);
    expect(await openActions('short')).toEqual([{ subject: 'availability' }]);
    expect(exitStatusOf(run, [{ required: true, result: 'met' }])).toBe(1);
    const files = await (await openCatalogue(world.places.definitions)).refresh();
    const [proof] = await serviceProofs(world.db, [await serviceById(world.db, serviceId)], files);
    expect(proof).toMatchObject({ isProven: false, drills: [{ standing: 'resources missing', run: { id: run.id } }] });
    await counter.unit(disk, siteA, SEEN);
    expect(await world.drill({ drill: 'short', mode: 'availability' })).toMatchObject({ availability: 'passed' });
    expect(await openActions('short')).toEqual([]);
  });

  test('fails when every seat is taken, and names the licence', async () => {
    const product = await counter.product('Taken Standard');
    await counter.entitlement(product, { metric: 'concurrent', quantity: 2 });
    await makeDrill('seats-taken', '  seats:\n    - product: Taken Standard\n      quantity: 2');
    await makeDrill('seat-missing', '  seats:\n    - product: Taken Standard');
    let other: DrillRun | undefined;
    // While the one holds both seats the other needs one.
    const meanwhile = at('handover', async () => {
      other = await world.drill({ drill: 'seat-missing', mode: 'availability' });
    });
    expect(await world.drill({ drill: 'seats-taken', mode: 'availability', ...meanwhile })).toMatchObject({
      availability: 'passed',
    });
    expect(other).toMatchObject({ status: 'completed', availability: 'failed', cleanup: 'done' });
    expect(other?.availabilityReason).toMatch(/^not there: 1 seat of Taken Standard \(/);
    expect(await openActions('seat-missing')).toEqual([{ subject: 'availability' }]);
  });

  test('waits for what is short as long as its definition says', async () => {
    const part = await counter.part({ part_number: 'PART-WAIT' });
    await makeDrill('waits', '  waitSeconds: 60\n  spares:\n    - part: PART-WAIT');
    const running = world.drill({ drill: 'waits', mode: 'availability' });
    await delay(1500);
    await counter.unit(part, siteA, SEEN);
    expect(await running).toMatchObject({ availability: 'passed' });
  });

  test('says which names mean nothing, and needs its service in the register', async () => {
    await makeDrill('nameless', '  spares:\n    - part: NO-SUCH\n    - unit: NO-TAG\n    - deviceModel: NO-MODEL');
    const run = await world.drill({ drill: 'nameless', mode: 'availability' });
    expect(run.availability).toBe('failed');
    for (const what of ['part', 'unit', 'device model']) expect(run.availabilityReason).toContain(`no such ${what}`);
    await world.define('nobody', (text) =>
      text.replace('name: muster-database', 'name: nobody').replace('service: muster', 'service: Nobody'),
    );
    const nobody = await world.drill({ drill: 'nobody', mode: 'availability' });
    expect(nobody).toMatchObject({ availability: 'failed' });
    expect(nobody.availabilityReason).toContain('the service Nobody is not in the register');
  });

  test('is preempted by an emergency, which gets the piece at once', async () => {
    const part = await counter.part({ part_number: 'PART-TAKEN' });
    await counter.unit(part, siteA, SEEN);
    await makeDrill('taken', '  spares:\n    - part: PART-TAKEN');
    const open = { subject: `the real thing ${newId()}`, event: 'notification', severity: 'emergency' } as const;
    const reporter = await makeCaller(world.db);
    await world.db.transaction((tx) => reportEvent(tx, reporter, open));
    const emergency = async () => {
      const { displaced } = await counter.checkout([{ partId: part, quantity: 1 }], {
        ...{ purpose: 'incident', severity: 'emergency', reserve: { reason: 'the real thing', case: open.subject } },
      });
      expect(displaced).toHaveLength(1);
    };
    const run = await world.drill({ drill: 'taken', mode: 'availability', ...at('handover', emergency) });
    expect(run).toMatchObject({ availability: 'preempted', cleanup: 'done' });
    expect(run.availabilityReason).toContain('an emergency took what the drill held: PART-TAKEN');
    expect(await holdingsOf(world.db, run.id)).toMatchObject([
      { state: 'preempted', note: expect.stringContaining('the real thing') },
    ]);
    expect(exitStatusOf(run, [])).toBe(1);
    expect(await openActions('taken')).toEqual([{ subject: 'availability' }]);
  });

  test('finds out what is on record only: a piece that nobody has seen for 90 days fails it, until somebody scans it', async () => {
    const part = await counter.part({ part_number: 'PART-DUSTY' });
    await counter.unit(part, siteA, { serial: 'DUSTY-1', last_seen_at: new Date(Date.now() - 91 * 86_400_000) });
    await makeDrill('dusty', '  spares:\n    - part: PART-DUSTY');
    const unseen = await world.drill({ drill: 'dusty', mode: 'availability' });
    expect(unseen.availability).toBe('failed');
    expect(unseen.availabilityReason).toContain('PART-DUSTY serial DUSTY-1 (last seen 91 days ago)');
    const caller = await makeCaller(world.db, { kind: 'person', roles: ['operator'] });
    const runId = await world.open('dusty', 'availability');
    const sight = (code: string, by = caller) => world.db.transaction((tx) => sightUnit(tx, by, runId, code));
    const robot = await makeCaller(world.db, { kind: 'service-account' });
    const scan = async () => {
      await expect(sight('DUSTY-2')).rejects.toMatchObject({ code: 'not-held-by-run', kind: 'unprocessable' });
      await expect(sight('dusty-1', robot)).rejects.toMatchObject({ code: 'person-needed', kind: 'forbidden' });
      expect(await sight(' dusty-1 ')).toMatchObject([
        { sightedBy: caller.principal.name, sightedAt: expect.any(Date) },
      ]);
    };
    await carryOutRun(await world.deps(at('handover', scan)), runId, new AbortController().signal);
    const run = await runById(world.db, runId);
    expect(run).toMatchObject({ availability: 'passed' });
    expect(run.availabilityReason).toContain('held: 1 spare (1 sighted, 0 on record only) and 0 seats');
    await expect(sight('DUSTY-1')).rejects.toMatchObject({ code: 'run-ended' });
    expect((await auditOf(world.db, 'drill-run', runId)).map(({ action }) => action)).toContain('drill-run.sight');
    expect((await reportOf(run)).page).toContain(`sighted by ${caller.principal.name}`);
  });

  test('that is lost in the middle gives back what it holds', async () => {
    const part = await counter.part({ part_number: 'PART-LOST-RUN' });
    await counter.unit(part, siteA, SEEN);
    await makeDrill('lost-run', '  spares:\n    - part: PART-LOST-RUN');
    const runId = await world.open('lost-run', 'availability');
    const fault = new Error('the process has a fault');
    const deps = await world.deps({
      ...at('handover', () => Promise.reject(fault)),
      lease: { leaseSeconds: 0.5, heartbeatSeconds: 0.2 },
    });
    await expect(carryOutRun(deps, runId, new AbortController().signal)).rejects.toBe(fault);
    expect((await lines(await runById(world.db, runId))).map(({ state }) => state)).toEqual(['held']);
    await vi.waitFor(async () => expect(await reapInterrupted(await world.reaperDeps())).toContain(runId), 30_000);
    const run = await runById(world.db, runId);
    expect(run).toMatchObject({ status: 'interrupted', availability: 'not assessed' });
    expect((await lines(run)).map(({ state }) => state)).toEqual(['released']);
  });
});

describe('a recovery for a real incident', () => {
  const PSU = (part: string) => `  spares:\n    - part: ${part}\npreflight:\n  - assert: resources`;

  /** A run as `requestRun` makes it for a person, who names a case or a reason. */
  async function recovery(drill: string, personId: string, { subject, reason }: { subject?: string; reason?: string }) {
    const runId = await world.open(drill);
    await world.db.execute(
      `UPDATE drill_run SET mode = 'recovery', trigger = 'manual', requested_by_id = $2, recovery_case = $3, recovery_reason = $4
        WHERE id = $1`,
      [runId, personId, subject ?? null, reason ?? null],
    );
    await carryOutRun(await world.deps(), runId, new AbortController().signal);
    return runById(world.db, runId);
  }

  test('in a case that is an emergency takes from the reserve, and what it holds stays held', async () => {
    const { principal, ...caller } = await makeCaller(world.db, { kind: 'person', roles: ['operator'] });
    const part = await counter.part({ part_number: 'PSU-CRISIS', emergency_reserve: 1 });
    await counter.unit(part, siteA, { serial: 'CRISIS-1', ...SEEN });
    await makeDrill('crisis', PSU('PSU-CRISIS'));
    const notification = { subject: 'INC-4711', event: 'notification', severity: 'emergency' } as const;
    await world.db.transaction((tx) => reportEvent(tx, { principal, ...caller }, notification));

    const unproven = await recovery('crisis', principal.id, { reason: 'it is down' });
    expect(unproven).toMatchObject({ status: 'failed', cleanup: 'done' });
    expect(unproven.statusReason).toContain('short of 1 of PSU-CRISIS');

    const run = await recovery('crisis', principal.id, { subject: 'INC-4711' });
    expect(run).toMatchObject({ status: 'completed', availability: 'passed', cleanup: 'kept' });
    expect(await lines(run)).toEqual([{ state: 'held', from_reserve: true }]);
    const held = `SELECT a.purpose, a.severity, a.reserve_reason FROM allocation a JOIN drill_holding h ON h.allocation_id = a.id
                   WHERE h.run_id = $1`;
    expect(await world.db.rows(held, [run.id])).toEqual([
      { purpose: 'incident', severity: 'emergency', reserve_reason: 'recovery for INC-4711' },
    ]);
    expect((await reportOf(run)).page).toContain('INC-4711');
    await world.db.transaction((tx) => discardKept(tx, { actor: { principalId: null, name: 'test' } }, run.id));
    await reapInterrupted(await world.reaperDeps());
    expect((await runById(world.db, run.id)).cleanup).toBe('done');
  });
});

describe('a scenario that takes things away', () => {
  test('leaves the spares of a lost site where they are', async () => {
    const part = await counter.part({ part_number: 'PART-SITE' });
    const room = await counter.room(siteA, 'ROOM-A1');
    await counter.unit(part, room, { serial: 'SITE-1', ...SEEN });
    await makeDrill('site-lost', '  spares:\n    - part: PART-SITE', '  lost:\n    locations: [site-a]\n');
    const short = await world.drill({ drill: 'site-lost', mode: 'availability' });
    expect(short).toMatchObject({ availability: 'failed', lost: ['location SITE-A'] });
    await counter.unit(part, siteB, { serial: 'SITE-2', ...SEEN });
    const run = await world.drill({ drill: 'site-lost', mode: 'availability' });
    expect(run.availability).toBe('passed');
    expect(await holdingsOf(world.db, run.id)).toMatchObject([{ thing: 'PART-SITE serial SITE-2', place: 'SITE-B' }]);
    expect((await reportOf(run)).page).toContain('location SITE-A');
  });

  test('takes a unit that is named, and bulk pieces, from nowhere else', async () => {
    const unit = await counter.part({ part_number: 'PART-NAMED' });
    await counter.unit(unit, siteA, { serial: 'NAMED-1', ...SEEN });
    const bulk = await counter.part({ part_number: 'PART-BULK', tracking: 'bulk' });
    await counter.stock(bulk, siteA, 5);
    await makeDrill(
      'named-lost',
      '  spares:\n    - unit: NAMED-1\n    - part: PART-BULK',
      '  lost:\n    locations: [SITE-A]\n',
    );
    const run = await world.drill({ drill: 'named-lost', mode: 'availability' });
    expect((await holdingsOf(world.db, run.id)).map(({ state }) => state)).toEqual(['short', 'short']);
  });

  test('has no backup when the only copy of it lies in what is lost', async () => {
    await world.db.execute('UPDATE repository SET location_id = $1', [siteB]);
    try {
      await makeDrill('copy-lost', '  ofService: true', '  lost:\n    locations: [SITE-B]\n');
      const run = await world.drill({ drill: 'copy-lost' });
      expect(run).toMatchObject({ status: 'failed', procedure: 'failed', availability: 'failed', cleanup: 'done' });
      expect(run.availabilityReason).toMatch(/which the scenario takes away, and no copy of it elsewhere is known/);
      expect(run.lost).toEqual(['location SITE-B', expect.stringMatching(/^repository .* \(at SITE-B\)$/)]);
    } finally {
      await world.db.execute('UPDATE repository SET location_id = NULL');
    }
  });

  test('that names what is not there fails, instead of proving something else', async () => {
    await makeDrill('no-loss', '  ofService: true', '  lost:\n    locations: [NOWHERE]\n');
    const run = await world.drill({ drill: 'no-loss' });
    expect(run).toMatchObject({ status: 'failed', availability: 'not assessed' });
    expect(run.statusReason).toContain('no location has the code NOWHERE');
  });
});

test('a service is proven by a full run once somebody has committed to the targets, until they are loosened', async () => {
  const serviceId = await makeDrill('proven', '  ofService: true');
  const files = await (await openCatalogue(world.places.definitions)).refresh();
  const proof = async () => (await serviceProofs(world.db, [await serviceById(world.db, serviceId)], files))[0];
  expect(await proof()).toMatchObject({ isProven: false, drills: [{ standing: 'never run' }] });
  await world.drill({ drill: 'proven', mode: 'availability' });
  expect(await proof()).toMatchObject({ drills: [{ standing: 'never run' }] });
  const run = await world.drill({ drill: 'proven' });
  expect(run).toMatchObject({ procedure: 'passed', availability: 'passed' });
  expect(await proof()).toMatchObject({ isProven: false, drills: [{ standing: 'example targets' }] });
  const caller = await makeCaller(world.db);
  const { version, targets } = await world.db.transaction((tx) =>
    confirmPolicy(tx, caller, { expectedVersion: 1, note: '' }),
  );
  expect(await proof()).toMatchObject({ isProven: true, drills: [{ standing: 'proven', run: { id: run.id } }] });
  const second = await makeCaller(world.db, { kind: 'person' });
  await world.db.transaction(async (tx) => {
    const emergency = { ...targets.emergency, recoverSeconds: targets.emergency.recoverSeconds * 2 };
    const draft = { expectedVersion: version, targets: { ...targets, emergency }, note: 'for this test' };
    const proposal = await proposePolicy(tx, caller, draft);
    await approveProposal(tx, second, proposal.id, '');
  });
  expect(await proof()).toMatchObject({
    isProven: false,
    drills: [{ standing: 'targets changed', reason: expect.stringMatching(/recover 28800 s, then 14400 s/) }],
  });
});
