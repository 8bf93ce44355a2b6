import { STAGED } from '../import-kind.ts';

/** A path as it is compared: names from the site down, whatever the case and the blanks around what separates them. */
const form = (text: string) => `regexp_replace(lower(${text}), '\\s*/\\s*', ' / ', 'g')`;

const below = (path: string, name: string) => `${path} || ' / ' || ${form(name)}`;

const THERE = `WITH RECURSIVE there (id, code, kind, path) AS (
    SELECT id, code, kind, ${form('name')} FROM location WHERE parent_id IS NULL AND retired_at IS NULL
    UNION ALL
    SELECT l.id, l.code, l.kind, ${below('t.path', 'l.name')} FROM there t
    JOIN location l ON l.parent_id = t.id AND l.retired_at IS NULL
  )`;

// Whoever is named by a path has it in front of the name; by a code, it has the path of that.
const IN_FILE = `, begun (code, kind, path) AS (
    SELECT s.code, s.kind, CASE WHEN coalesce(s.parent, '') = '' THEN ${form('s.name')}
      ELSE coalesce(t.path, ${form('s.parent')}) || ' / ' || ${form('s.name')} END
    FROM ${STAGED} s LEFT JOIN there t ON lower(t.code) = lower(s.parent)
    WHERE NOT EXISTS (SELECT FROM ${STAGED} o WHERE lower(o.code) = lower(s.parent))
  ), stated (code, kind, path) AS (
    SELECT * FROM begun
    UNION
    SELECT s.code, s.kind, ${below('p.path', 's.name')}
    FROM stated p JOIN ${STAGED} s ON lower(s.parent) = lower(p.code)
  )`;

/**
 * Joins to `s`, for a parent that no code names: `above_path`, the location that is there under the path, and `beside_path`,
 * the line of the file that has it. `count` says how many there are; only one is meant.
 */
export const PARENT_PATH_JOIN = `
    LEFT JOIN (${THERE} SELECT path, min(code) AS code, min(kind) AS kind, count(*) FROM there GROUP BY path)
      above_path ON above_path.path = ${form('s.parent')}
    LEFT JOIN (${THERE}${IN_FILE}
      SELECT path, min(code) AS code, min(kind) AS kind, count(DISTINCT lower(code)) FROM stated GROUP BY path)
      beside_path ON beside_path.path = ${form('s.parent')}`;
