import type { Tx } from '../../database/database.ts';
import {
  type CustomField,
  type CustomValues,
  customProblems,
  customValuesSchema,
} from '../../inventory/custom-field.ts';
import { quoted, type ReadCell } from '../cell.ts';
import { PLANNED } from '../import-kind.ts';

/** Custom values as JSON. */
export const customCell: ReadCell = (cell) => {
  const read = customValuesSchema.safeParse(parsed(cell));
  if (read.success) return { value: JSON.stringify(read.data) };
  return { problem: `${quoted(cell)} must be JSON with one value for each custom field, such as {"watts": 750}` };
};

function parsed(cell: string): unknown {
  try {
    return JSON.parse(cell);
  } catch {
    return undefined;
  }
}

/** Lines that are judged at once. */
const BATCH_LINES = 2000;

/** Marks lines whose custom values are not what their category asks for. */
export async function judgeCustomValues(tx: Tx): Promise<void> {
  for (let after = 0; ; ) {
    const lines = await tx.rows<{ line: number; custom: CustomValues; fields: CustomField[] }>(
      `SELECT n.line, coalesce(n.custom, '{}')::jsonb AS custom, g.fields
       FROM ${PLANNED} n JOIN part_category g ON lower(g.name) = lower(n.category)
       WHERE n.line > $1 AND n.outcome IN ('create', 'update') AND (g.fields <> '[]' OR n.custom IS NOT NULL)
       ORDER BY n.line LIMIT ${BATCH_LINES}`,
      [after],
    );
    const wrong = lines.flatMap(({ line, custom, fields }) => {
      const problems = customProblems(fields, custom).map(({ field, message }) => ({
        field: 'custom',
        message: `${field.replace('#/custom/', '')} ${message}`,
      }));
      return problems.length === 0 ? [] : [{ line, problems }];
    });
    await tx.execute(
      `UPDATE ${PLANNED} n SET outcome = 'error', problems = coalesce(n.problems, '[]') || w.problems
       FROM jsonb_to_recordset($1::jsonb) AS w (line integer, problems jsonb) WHERE n.line = w.line`,
      [JSON.stringify(wrong)],
    );
    after = lines.at(-1)?.line ?? 0;
    if (lines.length < BATCH_LINES) return;
  }
}
