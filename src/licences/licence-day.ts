import { z } from 'zod';

/** A calendar day in UTC, of years that the database and people both know. */
export const day = z.iso.date().refine((text) => text >= '1970-01-01', { message: 'must not lie before 1970' });
