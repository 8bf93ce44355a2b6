import type { z } from 'zod';

/** Something that does not go together in a definition, and where. */
export interface Problem {
  readonly path: (string | number)[];
  readonly message: string;
}

/** Adds a problem at a place of the definition. */
export function complain(context: z.RefinementCtx, path: (string | number)[], message: string): void {
  context.addIssue({ code: 'custom', path, message });
}
