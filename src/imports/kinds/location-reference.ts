import { lineText } from '../../kernel/text.ts';
import { textCell } from '../cell.ts';
import type { ImportField, ImportRule } from '../import-kind.ts';

/** The column that says where something lies. */
export const LOCATION_FIELD: ImportField = {
  name: 'location',
  description: 'The code of the location where it lies, or its name when no other has it',
  aliases: ['location code', 'place', 'storage location', 'default location'],
  read: textCell(lineText(120)),
};

/** Joins `place`, the location that `s` names. */
export const LOCATION_JOIN = `LEFT JOIN location coded ON lower(coded.code) = lower(s.location)
    LEFT JOIN (SELECT lower(name) AS name, min(id::text)::uuid AS id FROM location WHERE retired_at IS NULL
               GROUP BY lower(name) HAVING count(*) = 1) named ON coded.id IS NULL AND named.name = lower(s.location)
    LEFT JOIN location place ON place.id = coalesce(coded.id, named.id)`;

export const LOCATION_CANONICAL = { location: 'coalesce(place.code, s.location)' };

/** What must be so of the location that `s` names. */
export const LOCATION_RULES: readonly ImportRule[] = [
  {
    field: 'location',
    when: 's.location IS NOT NULL AND place.id IS NULL',
    message: `'there is no location "' || s.location || '": bring the locations in first'`,
  },
  {
    field: 'location',
    when: 'place.retired_at IS NOT NULL AND d.is_changed_or_new',
    message: `'is a retired location'`,
  },
];
