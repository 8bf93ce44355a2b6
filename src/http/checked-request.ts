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
  return (request) => ({ params: params(request.params), query: query(request.query) });
}

function partCheck(schema: Schema, place: InputPlace): (value: Readonly<Record<string, unknown>>) => unknown {
  const takesNothing = schema instanceof z.ZodObject && Object.keys(schema.shape).length === 0;
  const nothing = Object.freeze({});
  return (value) => {
    if (takesNothing && Object.keys(value).length === 0) return nothing;
    checkTexts(value, place);
    return parseInput(schema, value, place);
  };
}

/** Refuses what schemas do not look for: characters that PostgreSQL cannot store, and names that are none. */
function checkTexts(value: Readonly<Record<string, unknown>>, place: InputPlace): void {
  let problems: FieldProblem[] | undefined;
  for (const [name, texts] of Object.entries(value)) {
    const unstorable = [texts].flat().some((text) => typeof text === 'string' && !isStorable(text));
    if (!unstorable && name !== '__proto__' && isStorable(name)) continue;
    problems ??= [];
    problems.push({ field: fieldName(place, [name]), message: unstorable ? UNSTORABLE : 'is not a known field' });
  }
  if (problems) throw invalidInput(place, problems);
}
