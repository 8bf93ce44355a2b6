import type { Queryable } from '../database/database.ts';
import { instantOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import type { Notice, Urgency } from './notice.ts';

/** One page of somebody's notices. */
export interface NoticePage {
  readonly unread: boolean;
  readonly limit: number;
  /** The id of the last notice of the page before. */
  readonly after?: string | undefined;
}

/** The notices to a principal and to the teams that it belongs to, newest first. */
export async function noticesOf(db: Queryable, readerId: string, page: NoticePage): Promise<Notice[]> {
  const parameters: unknown[] = [readerId, page.limit];
  const conditions = ['n.recipient_id = told.id'];
  if (page.unread) conditions.push('n.read_at IS NULL');
  if (page.after !== undefined) conditions.push(`n.id < $${parameters.push(page.after)}`);
  // A page of each recipient by its index, then the newest of those: no notice behind the page is read.
  const rows = await db.rows<NoticeRow>(
    `SELECT newest.*, p.kind AS "recipientKind", p.name AS "recipientName"
     FROM (SELECT $1::uuid AS id UNION SELECT team_id FROM team_member WHERE person_id = $1) told
     CROSS JOIN LATERAL (
       SELECT ${COLUMNS} FROM notice n WHERE ${conditions.join(' AND ')} ORDER BY n.id DESC LIMIT $2
     ) newest
     JOIN principal p ON p.id = newest."recipientId"
     ORDER BY newest.id DESC LIMIT $2`,
    parameters,
  );
  return rows.map(noticeOf);
}

/**
 * One notice to anybody.
 * @throws AppError `not-found` `no-such-notice`.
 */
export async function noticeById(db: Queryable, id: string): Promise<Notice> {
  const [row] = await db.rows<NoticeRow>(
    `SELECT ${COLUMNS}, p.kind AS "recipientKind", p.name AS "recipientName"
     FROM notice n JOIN principal p ON p.id = n.recipient_id WHERE n.id = $1`,
    [id],
  );
  if (!row) throw new AppError('not-found', 'no-such-notice', `There is no notice ${id}`);
  return noticeOf(row);
}

/** The notices that a digest lists, the most urgent first. */
export async function noticesInDigest(db: Queryable, digestId: string): Promise<Notice[]> {
  const rows = await db.rows<NoticeRow>(
    `SELECT ${COLUMNS}, p.kind AS "recipientKind", p.name AS "recipientName"
     FROM notice_delivery d JOIN notice n ON n.id = d.notice_id JOIN principal p ON p.id = n.recipient_id
     WHERE d.digest_id = $1 ORDER BY n.urgency DESC, n.id`,
    [digestId],
  );
  return rows.map(noticeOf);
}

const COLUMNS = `n.id, n.kind, n.recipient_id AS "recipientId", n.subject_kind AS "subjectKind",
  n.subject_id AS "subjectId", n.urgency, n.summary, n.details, n.created_at AS "createdAt", n.delivered_at AS "deliveredAt",
  n.read_at AS "readAt"`;

interface NoticeRow {
  readonly id: string;
  readonly kind: string;
  readonly recipientId: string;
  readonly recipientKind: string;
  readonly recipientName: string;
  readonly subjectKind: string;
  readonly subjectId: string;
  readonly urgency: Urgency;
  readonly summary: string;
  readonly details: Record<string, unknown>;
  readonly createdAt: Date;
  readonly deliveredAt: Date | null;
  readonly readAt: Date | null;
}

function noticeOf({ recipientId, recipientKind, recipientName, ...row }: NoticeRow): Notice {
  return {
    ...row,
    recipient: { id: recipientId, kind: recipientKind, name: recipientName },
    createdAt: instantOf(row.createdAt),
    deliveredAt: row.deliveredAt && instantOf(row.deliveredAt),
    readAt: row.readAt && instantOf(row.readAt),
  };
}
