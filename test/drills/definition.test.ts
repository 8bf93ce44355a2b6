import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openCatalogue, soundDefinition } from '../../src/drills/catalogue.ts';
import { drillJsonSchema } from '../../src/drills/definition.ts';
import { readDefinition } from '../../src/drills/definition-file.ts';

const DRILLS = join(import.meta.dirname, '../../drills');
const shipped = await readFile(join(DRILLS, 'muster-database.yaml'), 'utf8');

/** Line and column, both from 1, of an offset in a text. */
function placeAt(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

const read = (text: string | Buffer) => readDefinition('muster-database', Buffer.from(text));

describe('the shipped drill', () => {
  test('has no problems, and its hash is that of the file’s bytes', () => {
    const file = read(shipped);
    expect(file.problems).toEqual([]);
    expect(file.sha256).toBe(createHash('sha256').update(shipped).digest('hex'));
    expect(file.definition).toMatchObject({ name: 'muster-database', recoveryPoint: { select: 'latest' } });
  });

  test('is one of several, and none of them has a problem', async () => {
    const files = await (await openCatalogue(DRILLS)).refresh();
    expect(files.length).toBeGreaterThan(1);
    expect(files.flatMap(({ problems }) => problems)).toEqual([]);
  });

  test('is described by the published JSON Schema, which is the one that the code checks with', async () => {
    const published = JSON.parse(await readFile(join(DRILLS, 'drill.schema.json'), 'utf8'));
    expect(published).toEqual(drillJsonSchema());
  });
});

describe('what is wrong with a definition is told with line and column', () => {
  const cases: readonly { name: string; change: (text: string) => string; at: string; says: RegExp }[] = [
    {
      name: 'an unknown key, with the nearest known one',
      change: (text) => text.replace('    level: content', '    levle: content'),
      at: 'levle',
      says: /unknown key levle: did you mean level\?/,
    },
    {
      name: 'an unknown key that is like none, with those that are known there',
      change: (text) => text.replace('scenario:', 'xyzzy: 1\nscenario:'),
      at: 'xyzzy',
      says: /unknown key xyzzy: known here: apiVersion, kind, name/,
    },
    {
      name: 'an unknown step',
      change: (text) => text.replace('step: extract', 'step: exctract'),
      at: 'exctract',
      says: /must be one of fetch, verify, extract, postgres, sqlite, run, serve, http, wait, manual; did you mean extract\?/,
    },
    {
      name: 'a value outside of its list',
      change: (text) => text.replace('severity: emergency', 'severity: emergncy'),
      at: 'emergncy',
      says: /must be one of emergency, important, general; did you mean emergency\?/,
    },
    {
      name: 'a step that cannot be tried again: its answer would be the same',
      change: (text) => text.replace('    level: content', '    level: content\n    retry: { attempts: 2 }'),
      at: 'retry',
      says: /unknown key retry: known here: step, level, expect, timeoutSeconds/,
    },
    {
      name: 'a service that no step has started',
      change: (text) => text.replace('  - check: canary', '  - check: http\n    service: web'),
      at: 'web\n',
      says: /no serve step before is called web/,
    },
    {
      name: 'a probe that names two things to ask',
      change: (text) =>
        text.replace('  - check: canary', '  - check: http\n    service: web\n    url: https://a.example'),
      at: 'check: http',
      says: /must name either a service or a url/,
    },
    {
      name: 'a probe of something else than HTTP',
      change: (text) => text.replace('  - check: canary', '  - check: http\n    url: ftp://a.example'),
      at: 'ftp://',
      says: /Invalid URL/,
    },
    {
      name: 'an unknown assertion of the preflight, with the nearest known one',
      change: (text) => text.replace('steps:\n', 'preflight:\n  - assert: freeSpce\nsteps:\n'),
      at: 'freeSpce',
      says: /must be one of pgRestore, freeSpace, .*; did you mean freeSpace\?/,
    },
    {
      name: 'an assertion about resources that nobody names',
      change: (text) =>
        text
          .replace('resources:\n  ofService: true', '')
          .replace('steps:\n', 'preflight:\n  - assert: resources\nsteps:\n'),
      at: 'assert: resources',
      says: /the definition names no resources/,
    },
    {
      name: 'an assertion about a point that is drawn later',
      change: (text) =>
        text
          .replace('select: latest', 'select: random')
          .replace('steps:\n', 'preflight:\n  - { assert: pointAge, maxSeconds: 9 }\nsteps:\n'),
      at: '{ assert: pointAge',
      says: /a point that is drawn at random is not known before it is drawn/,
    },
    {
      name: 'a wrong type',
      change: (text) => text.replace('timeoutSeconds: 3600', 'timeoutSeconds: long'),
      at: 'long',
      says: /expected number/,
    },
    {
      name: 'a missing key, at what should hold it',
      change: (text) => text.replace(/ {2}cron: .*\n/, ''),
      at: 'zone: UTC',
      says: /cron is missing/,
    },
    {
      name: 'another api version',
      change: (text) => text.replace('muster/v1', 'muster/v9'),
      at: 'muster/v9',
      says: /must be muster\/v1/,
    },
    {
      name: 'a name that is not the file’s',
      change: (text) => text.replace('name: muster-database', 'name: elsewhere'),
      at: 'elsewhere',
      says: /must be muster-database, as the file is called/,
    },
    {
      name: 'a step whose groundwork is missing',
      change: (text) => text.replace(/ {2}- step: verify[\s\S]*?(?= {2}- step: extract)/, ''),
      at: 'step: extract',
      says: /extract needs a verify step before it/,
    },
    {
      name: 'something that is to be damaged, and is used all the same',
      change: (text) => text.replace('level: content', 'level: content\n    expect: damaged'),
      at: 'step: extract',
      says: /extract would use what verify expects to be damaged/,
    },
    {
      name: 'a look at damage that nothing expects',
      change: (text) => text.replace('check: canary', 'check: damage'),
      at: 'check: damage',
      says: /the damage check needs a verify step with expect: damaged/,
    },
    {
      name: 'a check that stands there twice',
      change: (text) => text.replace('check: canary', 'check: tables'),
      at: 'check: tables',
      says: /stands here twice/,
    },
    {
      name: 'time-outs that outlast the job of the drill',
      change: (text) => text.replace('timeoutSeconds: 3600', 'timeoutSeconds: 86000'),
      at: '- step: fetch',
      says: /add up to 96800 s, and a drill has 79200 s/,
    },
    ...[
      {
        name: 'a query of a SQLite database that no step opens',
        check: '- check: sql\n    on: sqlite\n    query: SELECT 1\n    expect: {equals: 1}',
        at: '- check: sql',
        says: /the sql check needs a sqlite step that opens the database/,
      },
      {
        name: 'a query without an expectation',
        check: '- check: sql\n    query: SELECT 1\n    expect: {}',
        at: '{}',
        says: /must state one of equals, range, oneOf, matches/,
      },
      {
        name: 'an expectation that is no regular expression',
        check: "- check: sql\n    query: SELECT 1\n    expect: {matches: '('}",
        at: "'('",
        says: /must be a regular expression/,
      },
      {
        name: 'counts of no table',
        check: '- check: rowCounts\n    tables: {}',
        at: '{}',
        says: /must name at least one table/,
      },
      {
        name: 'a check of files that looks at nothing',
        check: '- check: files',
        at: 'check: files',
        says: /checks nothing/,
      },
    ].map(({ name, check, at, says }) => ({
      ...{ name, at: at.replace(/^- /, ''), says },
      change: (text: string) => text.replace('- check: canary', check),
    })),
    {
      name: 'tables compared beyond the moment of the backup',
      change: (text) => text.replace('recoverTo: restorePoint', 'recoverTo: latest'),
      at: 'check: tables',
      says: /it needs recoverTo: restorePoint/,
    },
    {
      name: 'a path that leaves what was extracted',
      change: (text) => text.replace('step: extract', 'step: extract\n    into: ../elsewhere'),
      at: '../elsewhere',
      says: /must be a relative path/,
    },
    {
      name: 'a selection that says nothing',
      change: (text) => text.replace('select: latest', 'select: random\n  at: PT2H'),
      at: 'PT2H',
      says: /at says nothing with select: random/,
    },
    {
      name: 'a moment that is none',
      change: (text) => text.replace('select: latest', 'select: at\n  at: P1M'),
      at: 'P1M',
      says: /must be an instant such as/,
    },
    {
      name: 'an occasion that there is not, with the nearest one',
      change: (text) => text.replace('step: postgres', 'step: postgres\n    appliesTo: [drill, recover]'),
      at: 'recover]',
      says: /must be one of drill, recovery; did you mean recovery\?/,
    },
    {
      name: 'an occasion of a step that is needed on all',
      change: (text) => text.replace('step: extract', 'step: extract\n    appliesTo: [drill]'),
      at: 'appliesTo',
      says: /unknown key appliesTo/,
    },
    {
      name: 'a check that no step prepares on one occasion',
      change: (text) => text.replace('step: postgres', 'step: postgres\n    appliesTo: [drill]'),
      at: 'check: tables',
      says: /the tables check needs a postgres step that starts the server in a recovery/,
    },
    {
      name: 'a group that nobody declares, with the nearest one',
      change: (text) =>
        text
          .replace('steps:', 'groups:\n  restore: { title: Back }\nsteps:')
          .replace('step: extract', 'step: extract\n    group: restoer'),
      at: 'restoer',
      says: /no group is called restoer: did you mean restore\?/,
    },
    {
      name: 'a group that no step is in',
      change: (text) => text.replace('steps:', 'groups:\n  restore: { title: Back }\nsteps:'),
      at: '{ title: Back }',
      says: /no step is in the group restore/,
    },
    {
      name: 'steps of a group that do not stand together',
      change: (text) =>
        text
          .replace('steps:', 'groups:\n  restore: { title: Back }\nsteps:')
          .replace('step: fetch', 'step: fetch\n    group: restore')
          .replace('step: extract', 'step: extract\n    group: restore'),
      at: 'restore\n    timeoutSeconds',
      says: /the steps of the group restore do not stand together/,
    },
    {
      name: 'lost tables that no step could bring back',
      change: (text) => text.replace('scenario:', 'scenario:\n  lost: { tables: [orders] }'),
      at: '[orders]',
      says: /a run or manual step after postgres must bring back the tables that are lost/,
    },
    {
      name: 'a cron pattern that never falls due',
      change: (text) => text.replace(`'30 3 * * 0'`, `'0 0 31 2 *'`),
      at: `'0 0 31 2 *'`,
      says: /never falls due/,
    },
    {
      name: 'a time zone that there is not',
      change: (text) => text.replace('zone: UTC', 'zone: Mars/Olympus'),
      at: 'Mars/Olympus',
      says: /is no time zone/,
    },
    {
      name: 'a doubled key',
      change: (text) => `${text}\nkind: Drill\n`,
      at: 'kind: Drill',
      says: /unique/,
    },
  ];
  test.each(cases)('$name', ({ change, at, says }) => {
    const text = change(shipped);
    const { problems, definition } = read(text);
    expect(definition).toBeUndefined();
    const found = problems.find((problem) => says.test(problem.message));
    expect(found, JSON.stringify(problems)).toBeDefined();
    expect({ line: found?.line, column: found?.column }).toEqual(placeAt(text, text.lastIndexOf(at)));
  });
});

describe('a file that is no definition at all', () => {
  test.each<[string, string | Buffer]>([
    ['empty', ''],
    ['a list', '- 1'],
    ['broken YAML', 'a: [1, 2\nb: 3'],
    ['an unknown alias', 'x: *nowhere'],
    ['bytes that are no UTF-8', Buffer.from([0xff, 0xfe, 0x00])],
    ['text with a NUL', 'a: "\0"'],
    ['keys that are no text', '? {a: 1}\n: 2'],
    ['too large', 'x'.repeat(300_000)],
    [
      'an expansion bomb',
      ['a0: &a0 [x, x]', ...Array.from({ length: 20 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`)].join('\n'),
    ],
  ])('%s has problems, and never throws', (_, content) => {
    const file = read(content);
    expect(file.definition).toBeUndefined();
    expect(file.problems.length).toBeGreaterThan(0);
    for (const problem of file.problems) {
      expect(problem.line).toBeGreaterThan(0);
      expect(problem.column).toBeGreaterThan(0);
      expect(problem.message).not.toBe('');
    }
  });
});

describe('a directory of drills', () => {
  test('lists broken files with their problems, and refuses to run them or unknown ones', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'muster-c-'));
    try {
      await writeFile(join(directory, 'good.yaml'), shipped.replace('name: muster-database', 'name: good'));
      await writeFile(join(directory, 'bad.yaml'), 'kind: Drill');
      await writeFile(join(directory, 'notes.txt'), 'no drill');
      const catalogue = await openCatalogue(directory);
      expect(catalogue.current().map((file) => [file.name, file.definition !== undefined])).toEqual([
        ['bad', false],
        ['good', true],
      ]);
      expect(soundDefinition(catalogue.current(), 'good').definition.name).toBe('good');
      expect(() => soundDefinition(catalogue.current(), 'bad')).toThrow(
        /drills\/bad\.yaml cannot be run: line 1, column 1/,
      );
      expect(() => soundDefinition(catalogue.current(), 'ugly')).toThrow('There is no drill named ugly');
      await writeFile(join(directory, 'later.yaml'), shipped.replace('name: muster-database', 'name: later'));
      expect(catalogue.current()).toHaveLength(2);
      expect(await catalogue.refresh()).toHaveLength(3);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test('that is not there is a clear error', async () => {
    await expect(openCatalogue('/nowhere/drills')).rejects.toThrow(/The drills cannot be read: .*\/nowhere\/drills/);
  });
});
