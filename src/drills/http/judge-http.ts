import type { EgressResponse } from '../../egress/send.ts';
import type { HttpProbe } from '../definition-http.ts';
import { type Expectation, judgeAnswer } from '../expectation.ts';
import type { DrillCheck } from '../run.ts';

/**
 * Holds an answer against what is expected of it: the status, and each header and value that is named. Only the status is told
 * as it was: headers and body may hold what belongs into no report.
 */
export function judgeHttp(
  name: string,
  expected: HttpProbe['expect'],
  { status, headers, body }: EgressResponse,
): DrillCheck[] {
  const statuses = [expected.status].flat();
  const text = body.toString('utf8');
  const json = Object.keys(expected.json).length === 0 ? undefined : parsed(text);
  return [
    {
      ...{ kind: 'http', subject: `${name}: status`, expected: statuses.join(' or '), actual: String(status) },
      result: statuses.includes(status) ? 'passed' : 'failed',
    },
    ...Object.entries(expected.headers).map(([header, wanted]) =>
      judged(`${name}: header ${header}`, wanted, headers[header.toLowerCase()]),
    ),
    ...(expected.body === undefined ? [] : [judged(`${name}: body`, expected.body, text)]),
    ...Object.entries(expected.json).map(([pointer, wanted]) =>
      judged(`${name}: ${pointer}`, wanted, valueAtPointer(json, pointer)),
    ),
  ];
}

function judged(subject: string, wanted: Expectation, value: unknown): DrillCheck {
  const answer = textOf(value);
  const { passed, expected } = judgeAnswer(wanted, answer === undefined ? [] : [[answer]]);
  const otherwise = answer === undefined ? 'not there' : 'something else';
  return {
    ...{ kind: 'http', subject, expected, actual: passed ? 'as expected' : otherwise },
    result: passed ? 'passed' : 'failed',
  };
}

/** A value as expectations take it: null is null, and what is no single value is not there. */
function textOf(value: unknown): string | null | undefined {
  if (value === null || typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a JSON pointer (RFC 6901) leads to; undefined when that is nothing. */
function valueAtPointer(document: unknown, pointer: string): unknown {
  const parts = pointer.split('/').slice(1);
  return parts.reduce<unknown>((inner, part) => {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    return typeof inner === 'object' && inner !== null && Object.hasOwn(inner, key)
      ? (inner as Record<string, unknown>)[key]
      : undefined;
  }, document);
}
