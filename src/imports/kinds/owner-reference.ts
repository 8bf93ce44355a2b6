import type { ImportRule } from '../import-kind.ts';

/** What must hold of the owner that a line names; the query of its kind joins the principal as `owner`. */
export const OWNER_RULES: readonly ImportRule[] = [
  {
    field: 'owner',
    when: `s.owner <> '' AND (owner.id IS NULL OR owner.kind = 'service-account')`,
    message: `'there is no person or team "' || s.owner || '"'`,
  },
  {
    field: 'owner',
    when: 'owner.disabled_at IS NOT NULL AND d.is_changed_or_new',
    message: `owner.name || ' is disabled'`,
  },
];
