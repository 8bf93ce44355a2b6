import { join } from 'node:path';
import { inject } from 'vitest';

/** Threads started by the tests of a file that imports this compile what they import once for all: half of their time. */
process.env.NODE_COMPILE_CACHE ??= join(inject('runDirectory'), 'compiled');
