import { z } from 'zod';

/** How one assertion of a preflight came out. */
export const assertedSchema = z.object({
  name: z.string(),
  expected: z.string(),
  actual: z.string(),
  result: z.enum(['passed', 'failed']),
});

export type Asserted = Readonly<z.infer<typeof assertedSchema>>;
