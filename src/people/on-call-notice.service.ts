import type { Database, Tx } from '../database/database.ts';
import { databaseNowMs } from '../database/now.ts';
import { newId } from '../kernel/ids.ts';
import { postNotice } from '../notices/notice.store.ts';
import { answerableFor, gapsBetween, rotasInUse, toldGapsOf } from './on-call-gap.queries.ts';
import { gapInWords, type OnCallGap } from './on-call-gap.ts';
import { gapNews, goesOn, type LookAhead } from './on-call-gap-news.ts';
import { closeGaps, closeGapsOfRetired, extendGaps, holdRota, insertToldGaps } from './on-call-notice.store.ts';
import { rotaById } from './rota.queries.ts';
import type { Rota } from './rota.ts';

/** Rotas whose ids are read in one go. */
const BATCH_ROTAS = 100;

const DAY_MS = 86_400_000;

/** A gap that begins on the last day is seen to its end, unless it is longer. */
const SEEN_BEHIND_DAYS = 7;

/** Gaps that a notice lists one by one; the number says how many there are. */
const LISTED_MAX = 50;

/** What a look ahead did. */
export interface GapsPass {
  readonly rotas: number;
  /** That were told for the first time, or again because they had changed. */
  readonly gaps: number;
}

/**
 * Looks for gaps of the rotas in use that begin within so many days, and tells those who answer for the rota: of each gap once,
 * and again only when it has changed, or was filled and has come back. One notice for each rota, however many gaps are new.
 * Passes may run at the same time and in several processes.
 */
export async function tellOnCallGaps(db: Database, days: number, signal: AbortSignal): Promise<GapsPass> {
  let rotas = 0;
  let gaps = 0;
  let after: string | null = null;
  await db.transaction(closeGapsOfRetired);
  do {
    const ids: string[] = await rotasInUse(db, after, BATCH_ROTAS);
    for (const id of ids) {
      signal.throwIfAborted();
      gaps += await db.transaction((tx) => tellOfRota(tx, id, days));
    }
    rotas += ids.length;
    after = ids.length === BATCH_ROTAS ? (ids.at(-1) ?? null) : null;
  } while (after !== null);
  return { rotas, gaps };
}

async function tellOfRota(tx: Tx, id: string, days: number): Promise<number> {
  if (!(await holdRota(tx, id))) return 0;
  const rota = await rotaById(tx, id);
  const recipients = await answerableFor(tx, rota);
  // Whoever answers for it later is told then.
  if (recipients.length === 0) return 0;
  // Behind the lock, so that whoever looks later has the later instant.
  const nowMs = await databaseNowMs(tx);
  const tellUntilMs = nowMs + days * DAY_MS;
  const look = { nowMs, tellUntilMs, seenUntilMs: tellUntilMs + SEEN_BEHIND_DAYS * DAY_MS };
  const found = await gapsBetween(tx, rota, nowMs, look.seenUntilMs);
  const { told, extended, closedIds } = gapNews(await toldGapsOf(tx, id), found, look);
  await closeGaps(tx, closedIds);
  await extendGaps(tx, extended);
  if (told.length === 0) return 0;
  await insertToldGaps(
    tx,
    id,
    told.map((gap) => ({ gap, isOpenEnded: goesOn(gap, look) })),
  );
  await postNotice(tx, { ...noticeOf(rota, told, look), recipients });
  return told.length;
}

function noticeOf(rota: Rota, gaps: readonly OnCallGap[], look: LookAhead) {
  const sentenceOf = (gap: OnCallGap) => gapInWords(gap, rota.field?.name ?? null, rota.zone, goesOn(gap, look));
  const sentences = gaps.slice(0, LISTED_MAX).map(sentenceOf);
  const [first = ''] = sentences;
  const what = gaps.length === 1 ? first : `${gaps.length} gaps. The first: ${first}`;
  return {
    kind: 'on-call.gap',
    subjectKind: 'on-call-rota',
    subjectId: rota.id,
    summary: `${rota.name}: ${what}. Enter an override or change the rota`,
    details: { rota: rota.name, count: gaps.length, sentences },
    // What makes it the same is noted with the gaps, under the lock of their rota.
    onceKey: `on-call.gap/${rota.id}/${newId()}`,
  };
}
