import type { paths } from '../api/api.generated.d.ts';

type Page = paths['/audit-entries']['get']['responses'][200]['content']['application/json'];

export type AuditEntry = Page['items'][number];

export type AuditFilter = Omit<NonNullable<paths['/audit-entries']['get']['parameters']['query']>, 'limit' | 'after'>;

/** What the address of the list may say. */
export interface AuditSearch {
  readonly text?: string | undefined;
  readonly actor?: string | undefined;
  readonly by?: 'service' | 'principals' | undefined;
  readonly action?: string | undefined;
  readonly kind?: string | undefined;
  readonly id?: string | undefined;
  /** Local dates and times as their fields write them, `2026-12-01T08:30`. */
  readonly from?: string | undefined;
  readonly until?: string | undefined;
  readonly after?: string | undefined;
}

/** What the API is asked for; an instant that nobody can read is left out. */
export function filterOf({ text, actor, by, action, kind, id, from, until }: AuditSearch): AuditFilter {
  const given = {
    text,
    actorId: actor,
    doneBy: by,
    action,
    subjectKind: kind,
    subjectId: id,
    from: instantOf(from),
    until: instantOf(until),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value)) as AuditFilter;
}

function instantOf(local: string | undefined): string | undefined {
  const ms = local ? Date.parse(local) : Number.NaN;
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}
