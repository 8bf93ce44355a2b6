import { createLogger } from '../../src/kernel/log.ts';

/** A logger that writes nothing, for code that must be given one. */
export const testLog = createLogger('silent');
