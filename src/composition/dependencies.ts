import { join } from 'node:path';
import { auditKeysOf } from '../audit/audit-keys.ts';
import { type AuditReport, verifyAudit } from '../audit/audit-verification.ts';
import { readSealStatus, type SealStatus } from '../audit/seal-status.ts';
import type { BackupJobsDeps } from '../backups/backup-deps.ts';
import { findServerNear } from '../backups/postgres-programs.ts';
import { VerifyThread } from '../backups/verify-thread.ts';
import { probeRunAs } from '../database/server/run-as.ts';
import type { DrillCatalogue } from '../drills/catalogue.ts';
import { DEFAULT_LEASE, type RunnerDeps, type ScratchServer } from '../drills/drill-deps.ts';
import { type ChainReport, verifyEvidenceChain } from '../drills/evidence-chain.ts';
import { createEgress } from '../egress/egress.ts';
import type { DeliveryDeps } from '../notices/channels/deliver.service.ts';
import type { JobQueue } from '../scheduling/queue.ts';
import { readKeyFile } from '../secrets/key-file.ts';
import type { Keyring } from '../secrets/keyring.ts';
import { findRecoveryIdentity } from '../secrets/recovery-identity.ts';
import { VERSION } from '../version.ts';
import { ensureExportedKey } from './exported-key.ts';
import { binDirectoriesOf } from './open-database.ts';
import type { Runtime } from './runtime.ts';

/** How long one attempt to send a notice may take, and how long it belongs to the worker that makes it. */
const DELIVERY_LIMITS = { sendMs: 10_000, leaseSeconds: 60 } as const;

/** What the lists of routes and jobs are built from. */
export interface Dependencies {
  readonly runtime: Runtime;
  readonly queue: JobQueue;
  readonly catalogue: DrillCatalogue;
  readonly runner: RunnerDeps;
  readonly backups: BackupJobsDeps;
  readonly keyring: Keyring;
  readonly delivery: DeliveryDeps;
  readonly verifyAudit: (signal: AbortSignal) => Promise<AuditReport>;
  readonly auditSealStatus: () => Promise<SealStatus>;
  readonly verifyEvidence: (signal: AbortSignal) => Promise<ChainReport>;
}

/** Builds what the lists need from a runtime. Nothing runs yet. */
export function dependenciesOf(runtime: Runtime, queue: JobQueue, catalogue: DrillCatalogue): Dependencies {
  const { db, clock, log, keyring, directories, database } = runtime;
  const verifier = new VerifyThread();
  const egress = createEgress({ allowList: runtime.config.egressAllow });
  const remote = { keyring, egress, spoolRoot: join(directories.checkSandboxes, 'spool') };
  const runner: RunnerDeps = {
    db,
    clock,
    log,
    keyring,
    version: VERSION,
    hostId: runtime.instanceId,
    sandboxRoot: directories.drillSandboxes,
    runtimeDirectory: directories.runtime,
    catalogue,
    egress,
    scratchServer: (major, newerWillDo) => scratchServerOf(runtime, major, newerWillDo),
    verifier,
    exportedKey: () => ensureExportedKey(directories, keyring, clock),
    identityText: () => identityTextOf(runtime),
    remote,
    dataDirectory: runtime.config.database === undefined ? directories.data : undefined,
    reportDirectory: directories.reports,
    lease: DEFAULT_LEASE,
    drillsAtOnce: runtime.config.drillsAtOnce,
  };
  const backups: BackupJobsDeps = {
    db,
    clock,
    log,
    source: { database: database.access.owner, binDirectories: binDirectoriesOf(runtime.config) },
    signingKey: keyring.signingKey,
    publicKeys: [keyring.publicKey],
    verifier,
    sandboxRoot: directories.checkSandboxes,
    dataDirectory: directories.data,
    remote,
    capture: {
      keyring,
      egress,
      commandDirectory: runtime.config.commandDirectory,
    },
  };
  const anchors = { keys: auditKeysOf(keyring), anchorDirectory: directories.anchors };
  const verifyTrail = (signal: AbortSignal) => verifyAudit({ db, ...anchors, signal });
  return {
    runtime,
    queue,
    catalogue,
    runner,
    backups,
    keyring,
    delivery: deliveryOf(runtime),
    verifyAudit: verifyTrail,
    auditSealStatus: () => readSealStatus({ db, ...anchors }),
    verifyEvidence: (signal) => verifyEvidenceChain({ db, publicKey: keyring.publicKey, verifyTrail, signal }),
  };
}

/** What sends notices to the outside. */
export function deliveryOf({ db, keyring, config }: Runtime): DeliveryDeps {
  return { db, egress: createEgress({ allowList: config.egressAllow }), keyring, ...DELIVERY_LIMITS };
}

/** The recovery identity of this installation, and the identities that the administrator gave to it. */
async function identityTextOf({ config, directories }: Runtime): Promise<string | undefined> {
  const recovery = await findRecoveryIdentity(directories.keys);
  const files = [recovery?.identityFile, config.identityFile].filter((file) => file !== undefined);
  const texts = await Promise.all(files.map((file) => readKeyFile(file)));
  return texts.length === 0 ? undefined : texts.join('\n');
}

/** The configured programs where they fit; else what else is on this machine. */
async function scratchServerOf(
  { programs, config, directories: { clusterTemplates } }: Runtime,
  major: number,
  newerWillDo: boolean,
): Promise<ScratchServer> {
  const configured = await programs().catch(() => undefined);
  if (configured) {
    const ours = configured.binaries.major;
    if (ours === major || (newerWillDo && ours > major)) return { ...configured, clusterTemplates };
  }
  const binaries = await findServerNear(major, binDirectoriesOf(config));
  return { binaries, runAs: await probeRunAs({ binaries }), clusterTemplates };
}
