import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { KINDS_OF_PROBLEMS } from '../../src/console/api/problem-kind.ts';
import { VERDICT_OF_FINDING } from '../../src/console/backups/verdict-of-finding.ts';
import { PROBLEM_KINDS } from '../../src/http/problem.ts';
import { REASON_CODES } from '../../src/readiness/readiness-reason.ts';
import { keysOf } from './texts.ts';

const LANGUAGES = ['en', 'zh'] as const;

/** What an area says below one of its keys, in a language. */
function textsOf(area: string, group: string, language: string): readonly string[] {
  return keysOf(`${area}/${area}.${language}.json`)
    .filter((key) => key.startsWith(`${group}.`))
    .map((key) => key.slice(group.length + 1))
    .toSorted();
}

test.each(LANGUAGES)('every kind of problem of the server says in %s what to do', (language) => {
  expect([...KINDS_OF_PROBLEMS].toSorted()).toEqual(Object.keys(PROBLEM_KINDS).toSorted());
  expect(textsOf('parts', 'kindOfProblem', language)).toEqual(Object.keys(PROBLEM_KINDS).toSorted());
});

test.each(LANGUAGES)('every reason of readiness has a word in %s, and those by values a sentence', (language) => {
  expect(textsOf('readiness', 'reason', language)).toEqual([...REASON_CODES].toSorted());
  const source = readFileSync(join(import.meta.dirname, '../../src/console/readiness/reason-sentence.ts'), 'utf8');
  const said = [...source.matchAll(/^ {2}'([\w-]+)',$/gm)].map(([, code]) => code);
  expect(textsOf('readiness', 'reasonText', language)).toEqual(said.toSorted());
});

test.each(LANGUAGES)('every kind of finding has a word in %s', (language) => {
  expect(textsOf('backups', 'finding.kind', language)).toEqual(Object.keys(VERDICT_OF_FINDING).toSorted());
});
