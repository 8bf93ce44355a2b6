import { beforeAll, describe, expect, it } from 'vitest';
import type { LedgerReport } from '../../src/inventory/ledger-verify.ts';
import { newId } from '../../src/kernel/ids.ts';
import { type Installation, useInstallations } from '../system/installation.ts';
import { muster } from './cli.ts';
import { asSuperuser } from './runtime.ts';

const newInstallation = useInstallations();
let installation: Installation;

beforeAll(async () => {
  installation = await newInstallation();
  expect((await muster(installation, ['migrate'])).code).toBe(0);
}, 120_000);

const verify = (...args: string[]) => muster(installation, ['stock', 'verify', ...args]);

const [PLACE, CATEGORY, PART, UNIT] = [newId(), newId(), newId(), newId()];

describe('muster stock verify, without a service', () => {
  it('says of an empty register that nothing was checked', async () => {
    const { code, stdout } = await verify();
    expect([code, stdout.split('\n')[0]]).toEqual([1, 'Verdict     nothing could be checked: 0 rows checked']);
  });

  it('ends with 0 when the ledger sums to what is there', async () => {
    await asSuperuser(
      installation,
      `INSERT INTO location (id, code, name, kind) VALUES ('${PLACE}', 'S1', 'Store', 'site')`,
      `INSERT INTO part_category (id, name) VALUES ('${CATEGORY}', 'Power supplies')`,
      `INSERT INTO part (id, manufacturer, part_number, name, category_id, tracking, unit_of_measure)
       VALUES ('${PART}', 'Sample Co', 'PSU-750W', 'Power supply', '${CATEGORY}', 'serial', 'piece')`,
      'BEGIN',
      `INSERT INTO unit (id, part_id, serial) VALUES ('${UNIT}', '${PART}', 'SN-1')`,
      `INSERT INTO movement (batch_id, kind, part_id, unit_id, to_state, to_location_id)
       VALUES (gen_random_uuid(), 'receive', '${PART}', '${UNIT}', 'in_stock', '${PLACE}')`,
      'COMMIT',
    );
    const { code, stdout, stderr } = await verify();
    expect([code, stdout.split('\n').slice(0, 4)]).toEqual([
      0,
      ['Verdict     sound, 2 rows checked', 'Units       1', 'Stock rows  0', 'Movements   1'],
    ]);
    expect(stderr).toContain('1 of 1 rows');
  });

  it('names what somebody has written over, and ends with 1', async () => {
    await asSuperuser(
      installation,
      'ALTER TABLE unit DISABLE TRIGGER ALL',
      `UPDATE unit SET state = 'quarantined' WHERE id = '${UNIT}'`,
      'ALTER TABLE unit ENABLE TRIGGER ALL',
    );
    const { code, stdout } = await verify();
    expect(code).toBe(1);
    expect(stdout).toMatch(/^Verdict +NOT sound: 1 differences\n/);
    expect(stdout).toMatch(
      new RegExp(`FOUND  unit-state-differs: unit ${UNIT}, movement \\d+: expected in_stock, is quarantined\n`),
    );
    const answered = await verify('--json');
    expect(answered.code).toBe(1);
    expect(answered.json<LedgerReport>()).toMatchObject({
      sound: false,
      checked: { units: 1, stockRows: 0, movements: 1, lines: 0 },
      findings: [{ kind: 'unit-state-differs', subjectId: UNIT, expected: 'in_stock', actual: 'quarantined' }],
    });
  });

  it('ends with 2 for wrong usage', async () => {
    expect((await verify('--fix')).code).toBe(2);
    expect((await muster(installation, ['stock', 'count'])).code).toBe(2);
  });
});
