/** What sample data is called, so that nobody takes it for anything else. All of it belongs to the team. */
export const SAMPLE_TEAM = 'sample data';

/** Services stand for whether the samples were ever made, and taken away: their names stay taken. */
export const SAMPLE_SERVICES = {
  files: 'Sample file tree',
  dump: 'Sample PostgreSQL database',
  sqlite: 'Sample SQLite database',
  server: 'Sample licensed server',
} as const;

/** Backup sets that Muster takes of the generated data; the drills name them. */
export const SAMPLE_SETS = {
  files: 'sample-files',
  dump: 'sample-postgres-dump',
  sqlite: 'sample-sqlite',
  server: 'sample-server',
} as const;

export type SampleKind = keyof typeof SAMPLE_SETS;

export const SAMPLE_KINDS = Object.keys(SAMPLE_SETS) as SampleKind[];

/** A copy of a backup of the file tree with one changed byte. */
export const DAMAGED_SET = 'sample-damaged';

export const SAMPLE_REPOSITORY = 'sample-backups';

/** What the recovery of the licensed server needs. */
export const SAMPLE_STOCK = {
  location: 'SAMPLE-DRILL',
  category: 'Sample spare parts of the drills',
  part: 'SAMPLE-PSU',
  serial: 'SAMPLE-0001',
  product: 'Sample Server Licence',
  entitlement: 'Sample Server Licence, sample contract',
  maker: 'Sample Works',
} as const;

/** The drills of `drills/` that work on samples. */
export const SAMPLE_DRILLS = ['file-tree', 'postgres-dump', 'sqlite-database', 'reinstallation', 'damaged-backup'];
