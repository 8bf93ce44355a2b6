/**
 * Every session or transaction advisory lock with a fixed number, in one place, so that no two meanings share one.
 * Locks on data (idempotency keys, pools) use the two-argument form with these as their first argument.
 */
export const ADVISORY_LOCKS = {
  migrate: 7300_001,
  auditSealer: 7300_002,
  idempotency: 7300_003,
  capture: 7300_004,
  slaPolicy: 7300_005,
  serviceGraph: 7300_006,
  administrators: 7300_007,
  drillEvidence: 7300_008,
  drillStart: 7300_009,
  locationTree: 7300_010,
  slaCase: 7300_011,
} as const;
