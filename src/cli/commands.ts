import type { RegisterCommand, RegisterStandalone } from './command.ts';

/**
 * Every command there is, in the order of the help. A command line loads only the one that it names,
 * and that one only describes itself: what it does is loaded when it is done, with the options and the configuration checked.
 */
export const COMMANDS: Readonly<Record<string, () => Promise<RegisterCommand>>> = {
  serve: async () => (await import('./serve.command.ts')).registerServe,
  worker: async () => (await import('./worker.command.ts')).registerWorker,
  migrate: async () => (await import('./migrate.command.ts')).registerMigrate,
  doctor: async () => (await import('./doctor.command.ts')).registerDoctor,
  drill: async () => (await import('./drill.command.ts')).registerDrill,
  incident: async () => (await import('./incident.command.ts')).registerIncident,
  alert: async () => (await import('./alert.command.ts')).registerAlert,
  channel: async () => (await import('./channel.command.ts')).registerChannel,
  spare: async () => (await import('./spare.command.ts')).registerSpare,
  expiring: async () => (await import('./expiring.command.ts')).registerExpiring,
  licence: async () => (await import('./licence.command.ts')).registerLicence,
  backup: async () => (await import('./backup.command.ts')).registerBackup,
  schedule: async () => (await import('./schedule.command.ts')).registerSchedule,
  restore: async () => (await import('./restore.command.ts')).registerRestore,
  stock: async () => (await import('./stock.command.ts')).registerStock,
  stocktake: async () => (await import('./stocktake.command.ts')).registerStocktake,
  import: async () => (await import('./import.command.ts')).registerImport,
  export: async () => (await import('./export.command.ts')).registerExport,
  token: async () => (await import('./token.command.ts')).registerToken,
  audit: async () => (await import('./audit.command.ts')).registerAudit,
  key: async () => (await import('./key.command.ts')).registerKey,
  samples: async () => (await import('./samples.command.ts')).registerSamples,
};

/** Commands that work without an installation of Muster: no configuration is read for them. */
export const STANDALONE_COMMANDS: Readonly<Record<string, () => Promise<RegisterStandalone>>> = {
  verify: async () => (await import('./verify.command.ts')).registerVerify,
  manifest: async () => (await import('./manifest.command.ts')).registerManifest,
  evidence: async () => (await import('./evidence.command.ts')).registerEvidence,
};
