import type { Database } from '../../src/database/database.ts';
import { readAttainment } from '../../src/incidents/attainment.service.ts';
import { attainmentQuery } from '../../src/incidents/attainment.ts';
import { median } from './median.ts';

const ROUNDS = 5;

/** Stops all clocks of a database and reads the attainment of all of them, by severity, kind and month. */
export async function measureAttainment(db: Database): Promise<void> {
  await db.transaction((tx) =>
    tx.execute(
      `INSERT INTO sla_clock_segment (clock_id, seq, state, from_at)
       SELECT s.clock_id, s.seq + 1, 'stopped', s.from_at + interval '20 minutes'
       FROM sla_clock_open o JOIN sla_clock_segment s ON s.clock_id = o.clock_id
       WHERE s.seq = (SELECT max(seq) FROM sla_clock_segment l WHERE l.clock_id = s.clock_id)`,
    ),
  );
  const year = new Date().getUTCFullYear();
  const period = { from: `${year - 1}-01-01`, until: `${year + 1}-01-01`, zone: 'Asia/Shanghai' };
  const query = attainmentQuery.parse({ ...period, by: 'severity,kind,month' });
  const seconds: number[] = [];
  let clocks = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const begin = performance.now();
    clocks = (await readAttainment(db, query)).total.clocks;
    seconds.push((performance.now() - begin) / 1000);
  }
  console.log(`Attainment of ${clocks} closed clocks: ${median(seconds).toFixed(2)} s`);
}
