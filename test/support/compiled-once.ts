import module from 'node:module';
import { join } from 'node:path';
import { inject } from 'vitest';

// Before every test file: whatever it starts (services, commands, threads) compiles each module once in the whole run. The
// runner itself has no use of it, and hands it on.
process.env.NODE_COMPILE_CACHE = join(inject('runDirectory'), 'compiled');
module.enableCompileCache(process.env.NODE_COMPILE_CACHE);
