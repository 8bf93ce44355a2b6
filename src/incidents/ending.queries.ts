import type { Queryable } from '../database/database.ts';
import { entriesOfKind } from './entry.store.ts';
import { type IncidentKind, needsRecovery } from './incident-kind.ts';

/** What must have happened before an incident can be resolved, in this order. */
export const ENDING_NEEDS = ['contact', 'plan', 'recovery'] as const;

export type EndingNeed = (typeof ENDING_NEEDS)[number];

/** What of it has not happened yet; of questions and suggestions nothing but the contact is asked for. */
export async function neededToResolve(
  db: Queryable,
  { id, kind, restoredAt }: { readonly id: string; readonly kind: IncidentKind; readonly restoredAt: object | null },
): Promise<EndingNeed[]> {
  const hasNo = async (entry: 'contact' | 'plan') => (await entriesOfKind(db, id, entry)).count === 0;
  const needed: EndingNeed[] = (await hasNo('contact')) ? ['contact'] : [];
  if (!needsRecovery(kind)) return needed;
  if (await hasNo('plan')) needed.push('plan');
  return restoredAt === null ? [...needed, 'recovery'] : needed;
}
