import { acknowledgeRewind } from '../audit/anchoring.ts';
import { recordAudit } from '../audit/audit.store.ts';
import { auditKeysOf } from '../audit/audit-keys.ts';
import { type AuditReport, verifyAudit } from '../audit/audit-verification.ts';
import { AppError } from '../kernel/errors.ts';
import { lineText } from '../kernel/text.ts';
import { type CommandContext, EXIT } from './command.ts';
import { cliActor } from './sign-in-link.ts';
import { withRuntime } from './with-runtime.ts';

const REASON_CHARACTERS_MAX = 800;

/** States a rewind, where there is one: the anchors know of seals that the database does not have, or has otherwise. */
export async function acknowledge(context: CommandContext, given: string): Promise<number> {
  const parsed = lineText(REASON_CHARACTERS_MAX).safeParse(given);
  if (!parsed.success) throw new AppError('usage', 'bad-reason', `--reason ${parsed.error.issues[0]?.message}`);
  const answer = await withRuntime(context, { writes: true }, async ({ db, keyring, directories, clock }, signal) => {
    const anchoring = { db, keys: auditKeysOf(keyring), anchorDirectory: directories.anchors, clock };
    const report = await verifyAudit({ ...anchoring, signal });
    requireRewind(report);
    const actor = cliActor();
    const { seq, at } = await acknowledgeRewind(anchoring, `${parsed.data} (${actor.name})`);
    const sealsGone = Number(BigInt(report.anchors.newestSeq ?? 0) - BigInt(seq));
    await db.transaction((tx) =>
      recordAudit(tx, {
        actor,
        action: 'audit.acknowledge-rewind',
        subjectKind: 'audit-seal',
        subjectId: seq,
        details: { reason: parsed.data, sealsGone },
      }),
    );
    return { seq, at, sealsGone };
  });
  context.output.answer(answer, ({ seq, sealsGone }) => [
    `Stated: the trail was put back to seal ${seq}; ${sealsGone} later seals, which the anchors know, are gone.`,
  ]);
  return EXIT.ok;
}

const EXCUSED: ReadonlySet<string> = new Set(['tail-cut', 'chain-rewritten']);

/** That a database was put back explains that its trail parts from the anchors, and nothing else. */
function requireRewind({ findings }: AuditReport): void {
  const other = findings.find(({ kind }) => !EXCUSED.has(kind));
  if (other) {
    const message = `The trail has a fault that no rewind explains, so none is stated: ${other.message}`;
    throw new AppError('conflict', 'not-a-rewind', message);
  }
  if (findings.length > 0) return;
  const message = 'The trail agrees with its anchors: there is no rewind to state. See muster audit verify';
  throw new AppError('conflict', 'no-rewind', message);
}
