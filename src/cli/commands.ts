import type { RegisterCommand } from './command.ts';
import { registerDoctor } from './doctor.command.ts';
import { registerServe } from './serve.command.ts';

/** Every command there is. */
export const COMMANDS: readonly RegisterCommand[] = [registerServe, registerDoctor];
