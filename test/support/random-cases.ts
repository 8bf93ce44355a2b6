import fc from 'fast-check';
import { TEST_SEED } from './scale.ts';

// Before every test file: its properties draw from this seed, and a failure prints it.
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: TEST_SEED });
