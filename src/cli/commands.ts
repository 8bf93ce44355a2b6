import type { RegisterCommand } from './command.ts';
import { registerDoctor } from './doctor.command.ts';

/** Every command there is. */
export const COMMANDS: readonly RegisterCommand[] = [registerDoctor];
