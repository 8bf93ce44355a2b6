/** The job that tells of gaps of on-call rotas in advance. */
export const ON_CALL_GAPS_JOB = 'on-call.tell-gaps';
