import { z } from 'zod';

/** The name of a drill in a path or a query; whether there is one of that name is another question. */
export const drillName = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[^/\\\0]+$/, 'must be the name of a drill');

/** The path of one drill. */
export const drillNameParams = z.strictObject({ name: drillName.describe('The drill’s name: its file without .yaml') });
