import type { RetirableTable } from '../database/retirable-row.ts';

// The tables of people whose rows are retired, never deleted.
export const SKILL_FIELD_TABLE: RetirableTable = { table: 'skill_field', words: 'skill field', title: 'name' };
export const ROTA_TABLE: RetirableTable = { table: 'on_call_rota', words: 'on-call rota', title: 'name' };
