import { Registry } from 'prom-client';
import { beforeAll, describe, expect, it } from 'vitest';
import { observeBackups } from '../../src/composition/backup-observations.ts';
import { newId } from '../../src/kernel/ids.ts';
import { useDatabase } from '../support/database.ts';

const database = useDatabase();
const DIGEST = 'b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c';

/** A set of Muster's own kind, which needs the fewest facts. */
async function addSet(name: string): Promise<string> {
  const id = newId();
  await database.db.rows(
    `WITH r AS (INSERT INTO repository (id, name, kind, root, writable, worker_tag, identity)
                VALUES ($2, $3, 'local', '/srv/' || $3, true, 'default', $3) RETURNING id)
     INSERT INTO backup_set (id, name, repository_id, kind, stale_after_seconds) SELECT $1, $3, id, 'postgresql', 3600 FROM r`,
    [id, newId(), name],
  );
  return id;
}

interface PointFacts {
  readonly ageSeconds: number;
  readonly readSeconds?: number;
  readonly verdict?: string;
  readonly state?: string;
  readonly findings?: readonly { readonly kind: string }[];
}

async function addPoint(setId: string, facts: PointFacts): Promise<void> {
  const { ageSeconds, readSeconds = null, verdict = null, state = 'present', findings } = facts;
  const id = newId();
  await database.db.rows(
    `INSERT INTO recovery_point (id, set_id, repository_id, name, method, own, taken_at, finished_at, size_bytes, digest,
                                 verdict, verdict_at, read_in_full_at, state, created_at)
     SELECT $1, s.id, s.repository_id, $3, 'unknown', false, t, t, 1, $4, $5, CASE WHEN $5::text IS NOT NULL THEN now() END,
            now() - make_interval(secs => $6), $7, t
       FROM backup_set s, (SELECT now() - make_interval(secs => $8) AS t) taken WHERE s.id = $2`,
    [id, setId, id, DIGEST, verdict, readSeconds, state, ageSeconds],
  );
  if (findings === undefined) return;
  await database.db.rows(
    `INSERT INTO backup_check (id, point_id, job_id, attempt, state, verdict, findings, finished_at)
     VALUES ($1, $2, $3, 1, 'done', $4, $5, now())`,
    [newId(), id, newId(), verdict, JSON.stringify(findings)],
  );
}

describe('the metrics of the backup sets', () => {
  let text: string;

  beforeAll(async () => {
    const good = await addSet('good');
    await addPoint(good, { ageSeconds: 9_000, readSeconds: 8_000, verdict: 'sound' });
    await addPoint(good, { ageSeconds: 500, readSeconds: 400, verdict: 'sound' });
    const bad = await addSet('bad');
    await addPoint(bad, { ageSeconds: 300 });
    await addPoint(bad, { ageSeconds: 100, state: 'deleted' });
    const findings = [{ kind: 'corrupt' }, { kind: 'corrupt' }, { kind: 'truncated' }];
    await addPoint(bad, { ageSeconds: 200, readSeconds: 10, verdict: 'damaged', findings });
    await addPoint(bad, { ageSeconds: 250, readSeconds: 20, verdict: 'missing', state: 'missing' });
    await addSet('empty');
    const registry = new Registry();
    observeBackups(registry, database.db);
    text = await registry.metrics();
  });

  const sample = (name: string) =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.split(' ')[1],
    );

  it('tell the age of the newest sound point, and nothing where there is none', () => {
    const age = sample('muster_newest_sound_point_age_seconds{set="good"}');
    expect(age).toBeGreaterThanOrEqual(500);
    expect(age).toBeLessThan(9_000);
    expect(text).not.toMatch(/newest_sound_point_age_seconds\{set="(bad|empty)"/);
  });

  it('tell for how long the point that was read longest ago has not been read, one that was never read included', () => {
    const good = sample('muster_oldest_unread_point_age_seconds{set="good"}');
    const bad = sample('muster_oldest_unread_point_age_seconds{set="bad"}');
    expect([good >= 8_000 && good < 9_000, bad >= 300 && bad < 8_000]).toEqual([true, true]);
  });

  it('count points by verdict and findings by kind, of what should be there', () => {
    const counted = text.split('\n').filter((line) => /^muster_(recovery_points|check_findings)\{/.test(line));
    expect(counted.toSorted()).toEqual([
      'muster_check_findings{set="bad",kind="corrupt"} 2',
      'muster_check_findings{set="bad",kind="truncated"} 1',
      'muster_recovery_points{set="bad",verdict="damaged"} 1',
      'muster_recovery_points{set="bad",verdict="missing"} 1',
      'muster_recovery_points{set="bad",verdict="unchecked"} 1',
      'muster_recovery_points{set="good",verdict="sound"} 2',
    ]);
  });
});
