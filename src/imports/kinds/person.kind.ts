import { newPersonSchema } from '../../people/person.ts';
import { personCells } from '../../people/person-export.queries.ts';
import { IMPORT_COLUMNS } from '../../people/person-import.ts';
import { type ReadCell, textCell } from '../cell.ts';
import { type ImportField, optionalField, type PlannedKind } from '../import-kind.ts';
import { applyPersons, planPersons } from './person-lines.ts';

/** Understood where the whole line is: what a name means depends on what else is there. */
const AS_WRITTEN: ReadCell = (cell) => ({ value: cell });

const FIELDS: readonly ImportField[] = [
  {
    name: 'email',
    description: 'The e-mail address: it says who is meant',
    aliases: ['e-mail', 'mail', 'e-mail address', 'email address'],
    read: textCell(newPersonSchema.shape.email),
    isKey: true,
  },
  {
    name: 'name',
    description: 'What they are called; somebody new must have one',
    aliases: ['full name'],
    read: AS_WRITTEN,
  },
  optionalField('zone', 'Their time zone, such as Asia/Shanghai', AS_WRITTEN, { aliases: ['time zone', 'timezone'] }),
  optionalField('roles', 'What they may do in Muster, separated by |', AS_WRITTEN),
  optionalField('functions', 'What they do in an emergency, separated by |', AS_WRITTEN),
  optionalField('contacts', 'Ways of contact: mobile: +86 21 5555 0100 (only at night) | chat: @duty', AS_WRITTEN),
  optionalField('skills', 'What they can do: database: expert from 2025-01-01 until 2028-01-01', AS_WRITTEN),
  optionalField('teams', 'The teams that they are in, separated by |', AS_WRITTEN),
  optionalField('leaves', 'From when on they are not there any more: 2027-12-31', AS_WRITTEN, {
    aliases: ['leaves at'],
  }),
];

/** Persons with their profiles and teams. Nobody is disabled by an import, and disabled ones are left out of exports. */
export const PERSONS: PlannedKind = {
  name: 'persons',
  noun: 'person',
  writePermission: 'people.write',
  readPermission: 'people.read',
  fields: FIELDS,
  unique: [{ field: 'email', by: 'lower(s.email)' }],
  plan: planPersons,
  exportRows: async (db, after, limit) => {
    const persons = await personCells(db, after, limit);
    return persons.map(({ id, cells }) => ({ id, cells: IMPORT_COLUMNS.map((column) => cells[column]) }));
  },
  isWhole: true,
  apply: applyPersons,
};
