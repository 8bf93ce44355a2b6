import type { Request } from 'express';
import { z } from 'zod';
import type { Identity } from '../auth/credential.queries.ts';
import type { FieldProblem } from '../kernel/errors.ts';
import { fieldName, type InputPlace, invalidInput, parseInput } from './field-problems.ts';
import { isStorable, UNSTORABLE } from './json-value.ts';
import type { RequestContext } from './request-context.ts';
import type { Route, Schema } from './route.ts';

/** A request whose sender, path and query have been checked. */
export interface CheckedRequest {
  readonly context: RequestContext;
  readonly identity: Identity;
  readonly params: unknown;
  readonly query: unknown;
}

type Check = (request: Request) => { readonly params: unknown; readonly query: unknown };

/** The check of a route's path and query. What a route does not take costs nothing, unless it is sent. */
export function inputCheck(route: Route): Check {
  const params = partCheck(route.params, 'path');
  const query = partCheck(route.query, 'query');
  return (request) => {
    // Without a percent sign nothing in an address can decode to a character that is not written there.
    const decoded = request.url.includes('%');
    return { params: params(request.params, decoded), query: query(request.query, decoded) };
  };
}

type Part = Readonly<Record<string, unknown>>;

function partCheck(schema: Schema, place: InputPlace): (value: Part, decoded: boolean) => unknown {
  const takesNothing = schema instanceof z.ZodObject && Object.keys(schema.shape).length === 0;
  const nothing = Object.freeze({});
  return (value, decoded) => {
    if (takesNothing && isEmpty(value)) return nothing;
    if (decoded || Object.hasOwn(value, '__proto__')) checkTexts(value, place);
    return parseInput(schema, value, place);
  };
}

function isEmpty(value: Part): boolean {
  for (const _name in value) return false;
  return true;
}

/** Refuses what schemas do not look for: characters that PostgreSQL cannot store, and names that are none. */
function checkTexts(value: Part, place: InputPlace): void {
  let problems: FieldProblem[] | undefined;
  for (const [name, texts] of Object.entries(value)) {
    const unstorable = [texts].flat().some((text) => typeof text === 'string' && !isStorable(text));
    if (!unstorable && name !== '__proto__' && isStorable(name)) continue;
    problems ??= [];
    problems.push({ field: fieldName(place, [name]), message: unstorable ? UNSTORABLE : 'is not a known field' });
  }
  if (problems) throw invalidInput(place, problems);
}
