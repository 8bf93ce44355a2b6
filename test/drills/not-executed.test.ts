import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readDefinition } from '../../src/drills/definition-file.ts';
import { notExecuted } from '../../src/drills/not-executed.ts';
import { PHASES, type PhaseRecord, type PhaseStatus } from '../../src/drills/phase.ts';

const bytes = await readFile(join(import.meta.dirname, '../../drills/muster-database.yaml'));
const { definition } = readDefinition('muster-database', bytes);
if (!definition) throw new Error('the shipped definition cannot be read');

/** Phases as a run leaves them that came to the end of `last` and broke off in the phase after it. */
function brokenOffAfter(last: number, status: PhaseStatus): PhaseRecord[] {
  const none = { startedAt: null, endedAt: null, seconds: null, sizeBytes: null, detail: null };
  return PHASES.map((phase, at) => ({
    ...{ ...none, phase },
    status: at <= last ? 'done' : at === last + 1 ? status : 'not reached',
  }));
}

const lines = (last: number, status: PhaseStatus) =>
  notExecuted('full', brokenOffAfter(last, status), definition, []).map(
    ({ kind, name, reason }) => `${kind} ${name}: ${reason}`,
  );

test('a run that broke off while it restored names what came after, and that the restore was not finished', () => {
  expect(lines(PHASES.indexOf('verify'), 'interrupted')).toEqual([
    'phase validate: the run did not get that far',
    'phase handover: the run did not get that far',
    'phase cleanup: the run did not get that far',
    'step extract: its phase ended early: the log says how far it got',
    'step postgres: its phase ended early: the log says how far it got',
    'check tables: the run did not get that far',
    'check canary: the run did not get that far',
  ]);
});

test('a run that came to its end leaves nothing out', () => {
  expect(lines(PHASES.length, 'done')).toEqual([]);
});

test('a run that never read its definition names its phases', () => {
  expect(notExecuted('full', brokenOffAfter(-1, 'not reached'), undefined, [])).toHaveLength(PHASES.length);
});
