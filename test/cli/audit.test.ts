import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AuditReport } from '../../src/audit/audit-verification.ts';
import { furnish } from '../system/furnished.ts';
import { copyData, type Installation, useInstallations } from '../system/installation.ts';
import { type Finished, muster } from './cli.ts';
import { asSuperuser } from './runtime.ts';

const newInstallation = useInstallations();
let installation: Installation;

beforeAll(async () => {
  installation = await newInstallation();
  await furnish(installation);
}, 120_000);

const cli = (...args: string[]) => muster(installation, args);
const verify = async () => (await cli('audit', 'verify', '--json')).json<AuditReport>();
const kinds = (report: AuditReport) => report.findings.map(({ kind }) => kind);

/** Does something that is entered into the trail; the command seals and anchors it before it ends. */
const leaveATrace = () => cli('token', 'create', '--for', 'administrators');

describe('muster audit verify, without a service', () => {
  it('says in a few lines what was checked', async () => {
    await leaveATrace();
    const { code, stdout } = await cli('audit', 'verify');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^Verdict +sound\nEntries +(\d+)\nSealed +\1, up to seal \1\nUnsealed +0\nAnchors +\d+; the newest names seal \1,/,
    );
  });

  it('is beside the check of the evidence of all runs, which holds it against the trail', async () => {
    const { code, stdout } = await cli('evidence', 'verify');
    expect(stdout).toMatch(/^Verdict +sound\nRuns +[1-9]\d*\nNewest +[0-9a-f]{64}\nAudit trail +sound, \d+ entries\n$/);
    expect(code).toBe(0);
  });

  it('says of a trail without a seal that nothing could be checked', async () => {
    const fresh = await newInstallation();
    await mkdir(fresh.data);
    for (const part of ['postgres', 'keys']) await copyData(join(installation.data, part), join(fresh.data, part));
    await asSuperuser(fresh, 'ALTER TABLE audit_seal DISABLE TRIGGER ALL', 'DELETE FROM audit_seal');
    const { code, json } = await muster(fresh, ['audit', 'verify', '--json']);
    expect(code).toBe(1);
    expect(json<AuditReport>()).toMatchObject({ sound: false, sealed: 0 });
  });
});

describe('a database that was put back to an older state', () => {
  let stated: Finished;

  it('is found', async () => {
    const older = join(installation.root, 'older');
    await copyData(join(installation.data, 'postgres'), older);
    for (let trace = 0; trace < 2; trace += 1) await leaveATrace();
    await rename(join(installation.data, 'postgres'), join(installation.root, 'newer'));
    await rename(older, join(installation.data, 'postgres'));
    expect(kinds(await verify())).toEqual(['tail-cut']);
  });

  it('is found as well when it has gone on since, and then can still be stated as a rewind, once', async () => {
    for (let trace = 0; trace < 4; trace += 1) await leaveATrace();
    expect(kinds(await verify())).toEqual(['chain-rewritten']);
    stated = await cli(
      'audit',
      'acknowledge-rewind',
      '--reason',
      'snapshot put back after the controller failed',
      '--json',
    );
    expect(stated.code).toBe(0);
    expect(stated.json()).toEqual({
      seq: expect.stringMatching(/^\d+$/),
      at: expect.any(String),
      sealsGone: expect.any(Number),
    });
    const again = await cli('audit', 'acknowledge-rewind', '--reason', 'once more');
    expect(again).toMatchObject({ code: 1, stdout: '' });
    expect(again.stderr).toMatch(/^muster: The trail agrees with its anchors: there is no rewind to state\./m);
  });

  it('is sound from then on, and every verification shows the statement', async () => {
    await leaveATrace();
    const { code, stdout } = await cli('audit', 'verify');
    expect(code).toBe(0);
    const { seq } = stated.json<{ seq: string }>();
    expect(stdout).toMatch(
      new RegExp(
        `^note +The trail was put back to seal ${seq}, .*: snapshot put back after the controller failed \\(muster command`,
        'm',
      ),
    );
  });
});

describe('a trail that somebody changed', () => {
  it('is named as such, entry by entry; no rewind excuses it', async () => {
    await asSuperuser(
      installation,
      'ALTER TABLE audit_entry DISABLE TRIGGER ALL',
      `UPDATE audit_entry SET actor_name = 'nobody' WHERE id = 3`,
      'DELETE FROM audit_entry WHERE id = 5',
    );
    const { code, stdout } = await cli('audit', 'verify');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^Verdict +NOT sound: 2 found$/m);
    expect(stdout).toMatch(/^FOUND +entry-edited: Entry 3 /m);
    expect(stdout).toMatch(/^FOUND +entry-deleted: Entry 5,/m);
    const refused = await cli('audit', 'acknowledge-rewind', '--reason', 'it was me', '--json');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('"error":"not-a-rewind"');
  });
});
