import { z } from 'zod';
import { HOLDER_KINDS } from './allocation.ts';

/** Who has it from now on. */
export const handOverRequest = z.strictObject({
  holder: z
    .strictObject({ kind: z.enum(HOLDER_KINDS), id: z.uuid().toLowerCase() })
    .describe('Who has it from now on: an active person or team, a service, a project'),
});

export type HandOverRequest = z.infer<typeof handOverRequest>;
