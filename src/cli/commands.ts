import { registerAudit } from './audit.command.ts';
import { registerBackup } from './backup.command.ts';
import type { RegisterCommand } from './command.ts';
import { registerDoctor } from './doctor.command.ts';
import { registerDrill } from './drill.command.ts';
import { registerKey } from './key.command.ts';
import { registerLicence } from './licence.command.ts';
import { registerMigrate } from './migrate.command.ts';
import { registerRestore } from './restore.command.ts';
import { registerSchedule } from './schedule.command.ts';
import { registerServe } from './serve.command.ts';
import { registerSpare } from './spare.command.ts';
import { registerStock } from './stock.command.ts';
import { registerToken } from './token.command.ts';
import { registerWorker } from './worker.command.ts';

/** Every command there is. */
export const COMMANDS: readonly RegisterCommand[] = [
  registerServe,
  registerWorker,
  registerMigrate,
  registerDoctor,
  registerDrill,
  registerSpare,
  registerLicence,
  registerBackup,
  registerSchedule,
  registerRestore,
  registerStock,
  registerToken,
  registerAudit,
  registerKey,
];
