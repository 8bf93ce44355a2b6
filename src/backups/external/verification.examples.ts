import type { z } from 'zod';
import { CHECK } from '../backup.examples.ts';
import type { pointCheckSchema } from './verification.views.ts';

/** For the reference. */
export const POINT_CHECK: z.input<typeof pointCheckSchema> = {
  ...CHECK,
  reason: 'full-read',
  selfTest: null,
  setId: '019aab2c-9d10-7a21-b4c5-3e6f7a8b9c0d',
  pointName: 'shop/shop-20261121.dump',
  pointBytes: 734_003_200,
  durationSeconds: 7.2,
  bytesPerSecond: 101_944_888.9,
};
