import { ADVISORY_LOCKS } from '../../database/advisory-locks.ts';
import { LOCATION_KINDS, newLocationSchema } from '../../inventory/location.ts';
import { lineText } from '../../kernel/text.ts';
import { choiceCell, textCell } from '../cell.ts';
import { type ImportKind, PLANNED } from '../import-kind.ts';
import { PARENT_PATH_JOIN } from './location-path.ts';

const { code, name } = newLocationSchema.shape;

/** The code of the only location that has the path; one that is there comes before one of the file. */
const SAME_PATH = `CASE WHEN above_path.count = 1 THEN above_path.code WHEN beside_path.count = 1 THEN beside_path.code END`;
const PARENT_KIND = 'coalesce(beside.kind, above.kind, above_path.kind, beside_path.kind)';

/** The tree of locations: each line names the one that it lies in, which may be another line of the file. */
export const LOCATIONS: ImportKind = {
  name: 'locations',
  noun: 'location',
  writePermission: 'inventory.write',
  readPermission: 'inventory.read',
  isWhole: true,
  fields: [
    {
      name: 'code',
      description: 'What its label says',
      aliases: ['location code', 'location'],
      read: textCell(code),
      isKey: true,
    },
    {
      name: 'name',
      description: 'What people call it',
      aliases: ['location name', 'description'],
      read: textCell(name),
      isRequired: true,
    },
    {
      name: 'kind',
      description: `One of ${LOCATION_KINDS.join(', ')}: each lies in a larger one, a site in none`,
      aliases: ['type'],
      read: choiceCell(LOCATION_KINDS),
      isRequired: true,
    },
    {
      name: 'parent',
      description:
        'The code of the location that it lies in, or the names from the site down: Main site / Room 1 / Rack 2',
      aliases: ['parent code', 'parent location', 'lies in'],
      read: textCell(lineText(600)),
      isClearable: true,
    },
  ],
  current: `SELECT l.id, l.code, l.name, l.kind, p.code AS parent, l.retired_at IS NOT NULL AS is_retired
    FROM location l LEFT JOIN location p ON p.id = l.parent_id`,
  joins: `LEFT JOIN location known ON lower(known.code) = lower(s.code)
    LEFT JOIN location above ON lower(above.code) = lower(s.parent)
    LEFT JOIN (SELECT DISTINCT ON (lower(code)) lower(code) AS form, code, kind FROM staged_line ORDER BY lower(code), line)
      beside ON beside.form = lower(s.parent) ${PARENT_PATH_JOIN}`,
  match: 'c.id = known.id',
  // What a file names by its code, it does not name by a path.
  canonical: { parent: `coalesce(above.code, beside.code, ${SAME_PATH}, s.parent)` },
  references: {},
  unique: [{ field: 'code', by: 'lower(s.code)' }],
  rules: [
    { field: 'code', when: 'c.is_retired AND d.is_changed', message: `'is retired and changes no more'` },
    {
      field: 'parent',
      when: `v.kind <> 'site' AND v.parent IS NULL`,
      message: `'must be stated: a ' || v.kind || ' lies in another location, only a site in none'`,
    },
    {
      field: 'parent',
      when: `v.kind = 'site' AND v.parent IS NOT NULL`,
      message: `'must be empty: a site lies in none'`,
    },
    {
      field: 'parent',
      when: `s.parent <> '' AND num_nonnulls(above.code, beside.code, above_path.code, beside_path.code) = 0`,
      message: `'there is no location "' || s.parent || '", neither here nor in the file'`,
    },
    {
      field: 'parent',
      when: `above.id IS NULL AND beside.code IS NULL AND ${SAME_PATH} IS NULL
        AND coalesce(above_path.count, beside_path.count) > 1`,
      message: `'there are ' || coalesce(above_path.count, beside_path.count) || ' locations "' || s.parent
        || '": name the one that is meant by its code'`,
    },
    {
      field: 'parent',
      when: 'above.retired_at IS NOT NULL AND d.is_changed_or_new',
      message: `above.code || ' is retired'`,
    },
    {
      field: 'parent',
      when: `v.kind <> 'site' AND location_depth(${PARENT_KIND}) >= location_depth(v.kind)`,
      message: `'a ' || v.kind || ' does not lie in the ' || ${PARENT_KIND} || ' ' || v.parent`,
    },
    {
      field: 'kind',
      when: `v.kind <> c.kind AND EXISTS (SELECT FROM location inside
        LEFT JOIN staged_line o ON lower(o.code) = lower(inside.code)
        WHERE inside.parent_id = c.id AND o.line IS NULL AND location_depth(inside.kind) <= location_depth(v.kind))`,
      message: `'cannot be ' || v.kind || ': a larger or equal location lies in it'`,
    },
  ],
  // Everybody who changes the tree takes turns.
  hold: async (tx) => {
    await tx.execute('SELECT pg_advisory_xact_lock($1)', [ADVISORY_LOCKS.locationTree]);
  },
  // One statement: its lines name each other, and the checks of the tree look when all of them are there.
  apply: async (tx) => {
    await tx.execute(
      `WITH meant AS (
         SELECT p.subject_id, p.outcome, p.code, p.name, p.kind, coalesce(inside.subject_id, above.id) AS parent_id
         FROM ${PLANNED} p
         LEFT JOIN ${PLANNED} inside ON lower(inside.code) = lower(p.parent)
         LEFT JOIN location above ON lower(above.code) = lower(p.parent)
         WHERE p.outcome IN ('create', 'update')
       ), made AS (
         INSERT INTO location (id, code, name, kind, parent_id)
         SELECT subject_id, code, name, kind, parent_id FROM meant WHERE outcome = 'create'
       )
       UPDATE location l SET code = m.code, name = m.name, kind = m.kind, parent_id = m.parent_id,
         version = l.version + 1, updated_at = now()
       FROM meant m WHERE m.outcome = 'update' AND l.id = m.subject_id`,
    );
  },
};
