import { recordAudit } from '../audit/audit.store.ts';
import type { Origin } from '../auth/actor.ts';
import { digestOf, makeSecret } from '../auth/secret.ts';
import type { Queryable, Tx } from '../database/database.ts';
import { instantOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import type { CustomerLink, CustomerUpdate, NewCustomerLink } from './customer-link.ts';

/** Makes a link to an incident. This is the only moment at which its secret exists in the clear. */
export async function createCustomerLink(
  tx: Tx,
  incidentId: string,
  { label, days }: NewCustomerLink,
  { createdBy, origin }: { readonly createdBy: string; readonly origin: Origin },
): Promise<{ readonly link: CustomerLink; readonly secret: string }> {
  const id = newId();
  const secret = makeSecret('customer-link');
  await tx.execute(
    `INSERT INTO customer_link (id, incident_id, hash, label, created_by, expires_at)
     VALUES ($1, $2, decode($3, 'hex'), $4, $5, clock_timestamp() + make_interval(days => $6))`,
    [id, incidentId, digestOf(secret), label, createdBy, days],
  );
  await recordAudit(tx, {
    ...origin,
    action: 'customer-link.create',
    ...subject(id),
    details: { incidentId, label, days },
  });
  return { link: await customerLinkById(tx, id), secret };
}

/**
 * Revokes a link for good. One that is revoked already stays as it is, and nothing is recorded again.
 * @throws AppError `not-found` `no-such-customer-link`.
 */
export async function revokeCustomerLink(tx: Tx, id: string, origin: Origin): Promise<void> {
  const { incidentId, label } = await customerLinkById(tx, id);
  const revoked = await tx.execute(
    'UPDATE customer_link SET revoked_at = clock_timestamp() WHERE id = $1 AND revoked_at IS NULL',
    [id],
  );
  if (revoked === 0) return;
  await recordAudit(tx, { ...origin, action: 'customer-link.revoke', ...subject(id), details: { incidentId, label } });
}

/** Links to an incident, oldest first, also those that have ended. */
export async function listCustomerLinks(
  db: Queryable,
  incidentId: string,
  page: { readonly limit: number; readonly after?: string | undefined },
): Promise<CustomerLink[]> {
  const rows = await db.rows<LinkRow>(
    `${SELECT_LINK} WHERE l.incident_id = $1 AND ($2::uuid IS NULL OR l.id > $2) ORDER BY l.id LIMIT $3`,
    [incidentId, page.after ?? null, page.limit],
  );
  return rows.map(linkOf);
}

/**
 * Counts a read of a link that is good. Nothing of the reader is kept.
 * @returns the incident's id; undefined when there is none, it is revoked, or it has ended.
 */
export async function readCustomerLink(db: Queryable, digest: string): Promise<string | undefined> {
  const [read] = await db.rows<{ readonly incidentId: string }>(
    `UPDATE customer_link SET reads = reads + 1, last_read_at = clock_timestamp()
     WHERE hash = decode($1, 'hex') AND revoked_at IS NULL AND expires_at > clock_timestamp()
     RETURNING incident_id AS "incidentId"`,
    [digest],
  );
  return read?.incidentId;
}

/** Writes something that whoever has a link to the incident reads. */
export async function publishUpdate(
  tx: Tx,
  incidentId: string,
  text: string,
  { byId, origin }: { readonly byId: string; readonly origin: Origin },
): Promise<CustomerUpdate> {
  const id = newId();
  const [row] = await tx.rows<{ readonly at: Date }>(
    'INSERT INTO customer_update (id, incident_id, text, by_id) VALUES ($1, $2, $3, $4) RETURNING created_at AS at',
    [id, incidentId, text, byId],
  );
  if (!row) throw new Error('INSERT ... RETURNING answered no row');
  const entry = { action: 'incident.publish-update', subjectKind: 'incident', subjectId: incidentId };
  await recordAudit(tx, { ...origin, ...entry, details: { updateId: id, text } });
  return { id, at: row.at.toISOString(), text };
}

/** What was written for customers, the latest first. */
export async function customerUpdates(db: Queryable, incidentId: string, limit: number): Promise<CustomerUpdate[]> {
  const rows = await db.rows<{ readonly id: string; readonly at: Date; readonly text: string }>(
    'SELECT id, created_at AS at, text FROM customer_update WHERE incident_id = $1 ORDER BY id DESC LIMIT $2',
    [incidentId, limit],
  );
  return rows.map(({ at, ...update }) => ({ ...update, at: at.toISOString() }));
}

async function customerLinkById(db: Queryable, id: string): Promise<CustomerLink> {
  const [row] = await db.rows<LinkRow>(`${SELECT_LINK} WHERE l.id = $1`, [id]);
  if (!row) throw new AppError('not-found', 'no-such-customer-link', `There is no customer link ${id}`);
  return linkOf(row);
}

interface LinkRow extends Pick<CustomerLink, 'id' | 'incidentId' | 'label' | 'createdBy'> {
  readonly created_at: Date;
  readonly expires_at: Date;
  readonly revoked_at: Date | null;
  readonly reads: string;
  readonly last_read_at: Date | null;
}

const SELECT_LINK = `
  SELECT l.id, l.incident_id AS "incidentId", l.label, jsonb_build_object('id', b.id, 'name', b.name) AS "createdBy",
    l.created_at, l.expires_at, l.revoked_at, l.reads, l.last_read_at
  FROM customer_link l JOIN principal b ON b.id = l.created_by`;

function linkOf({ created_at, expires_at, revoked_at, reads, last_read_at, ...link }: LinkRow): CustomerLink {
  return {
    ...link,
    createdAt: instantOf(created_at).toString(),
    expiresAt: instantOf(expires_at).toString(),
    revokedAt: revoked_at && instantOf(revoked_at).toString(),
    reads: Number(reads),
    lastReadAt: last_read_at && instantOf(last_read_at).toString(),
  };
}

const subject = (id: string) => ({ subjectKind: 'customer-link', subjectId: id });
