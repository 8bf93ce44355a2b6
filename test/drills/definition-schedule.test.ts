import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readDefinition } from '../../src/drills/definition-file.ts';
import { cronOf, surpriseOf } from '../../src/drills/definition-schedule.ts';
import { checkTiming } from '../../src/scheduling/calculator.ts';

const shipped = await readFile(join(import.meta.dirname, '../../drills/muster-database.yaml'), 'utf8');
const WITHOUT = shipped.replace(/^schedule:\n(?: .*\n)+/m, '');
const read = (schedule: string) => readDefinition('muster-database', Buffer.from(`${WITHOUT}\n${schedule}\n`));

test('a drill may come by surprise, on workdays unless it says otherwise', () => {
  const { definition, problems } = read(
    'schedule: { surprise: { every: month, window: "08:30-18:00" }, zone: Asia/Shanghai }',
  );
  expect(problems).toEqual([]);
  const schedule = definition?.schedule;
  if (!schedule) throw new Error('no schedule');
  expect(surpriseOf(schedule)).toEqual({
    ...{ every: 'month', from: '08:30', until: '18:00', days: ['mon', 'tue', 'wed', 'thu', 'fri'] },
  });
  expect(checkTiming({ cron: cronOf(schedule), zone: schedule.zone }).cron).toBe('30 8 * * MON,TUE,WED,THU,FRI');
});

test.each([
  ['schedule: { zone: UTC }', /cron is missing/],
  ['schedule: { cron: "0 3 * * *", surprise: { every: month, window: "08:00-18:00" } }', /both cron and surprise/],
  ['schedule: { surprise: { every: month, window: "18:00-08:00" } }', /must end after it begins/],
  ['schedule: { surprise: { every: month, window: "8-18" } }', /two times of day/],
  ['schedule: { surprise: { every: year, window: "08:00-18:00" } }', /every/],
  ['schedule: { surprise: { every: month, window: "08:00-18:00", days: [] } }', /days/],
  ['schedule: { surprise: { every: month, window: "08:00-18:00" }, zone: Nowhere }', /zone/],
])('%s is refused', (schedule, why) => {
  const { definition, problems } = read(schedule);
  expect(definition).toBeUndefined();
  expect(problems.map(({ path, message }) => `${path} ${message}`).join('\n')).toMatch(why);
});
