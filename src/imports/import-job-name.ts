export const CHECK_IMPORT_JOB = 'import.check';
export const APPLY_IMPORT_JOB = 'import.apply';
