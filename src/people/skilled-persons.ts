import type { Queryable } from '../database/database.ts';
import { holdersOfFields } from './skill-holder.queries.ts';
import { type Lack, lackAt } from './skill-standing.ts';

/** Somebody who has, or had, a skill. */
interface SkilledPerson {
  readonly id: string;
  readonly name: string;
  /** Why they count as missing at the instant asked about, such as `expired since …`; null for who is there. */
  readonly missingBecause: string | null;
}

/** Who has the skills of some names at an instant, by name as asked. A name that is no field in use is left out. */
export async function skilledPersons(
  db: Queryable,
  names: readonly string[],
  atMs: number,
): Promise<Map<string, SkilledPerson[]>> {
  const fields = await holdersOfFields(db, names);
  return new Map(
    fields.map(({ askedName, holders }) => [
      askedName,
      holders.map((holder) => {
        const lack = lackAt(holder, atMs);
        return { id: holder.personId, name: holder.name, missingBecause: lack && lackInWords(lack) };
      }),
    ]),
  );
}

const WORDS: Readonly<Record<Lack['why'], string>> = {
  disabled: 'disabled',
  left: 'left',
  'no skill': 'without the skill',
  'skill not yet': 'the skill does not count yet',
  'skill expired': 'the skill has expired',
  'training expired': 'the training has expired',
};

/** Why somebody counts as missing, in words: `the skill has expired (2026-12-01T00:00:00Z)`. */
function lackInWords({ why, sinceMs }: Lack): string {
  if (sinceMs === null) return WORDS[why];
  return `${WORDS[why]} (${new Date(sinceMs).toISOString().replace('.000', '')})`;
}
