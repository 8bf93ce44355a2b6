import { AppError } from '../kernel/errors.ts';
import type { Short } from './pick.ts';

/** The refusal of a wish: every line that is short, with what is asked and what is free. */
export function refusalOf(short: readonly Short[]): AppError {
  const fields = short.map(({ want, asked, free }) => ({
    field: `#/lines/${want.position}`,
    message: `asked ${asked}, free ${free}`,
  }));
  return new AppError(
    'conflict',
    'not-enough-stock',
    `Nothing was taken: ${fields.map(({ message }) => message).join('; ')}`,
    {
      fields,
    },
  );
}
