/** Who did it, as the audit trail names them: a principal, or the service itself. */
export interface Actor {
  /** The principal's id; null for the service itself. */
  readonly principalId: string | null;
  readonly name: string;
}

/** The service acting by itself: schedules, jobs, start-up. */
export const SYSTEM_ACTOR: Actor = { principalId: null, name: 'muster' };

/** One thing that was done, as a caller reports it. */
export interface AuditEvent {
  readonly actor: Actor;
  /** `subject.verb`: `sla-policy.confirm`, `token.revoke`. */
  readonly action: string;
  readonly subjectKind: string;
  readonly subjectId: string;
  /** What changed, without secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly requestId?: string;
}
