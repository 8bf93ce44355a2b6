/** The name under which our own manifest lies beside the files that it describes. */
export const MANIFEST_FILE = 'manifest.json';

/** The name that PostgreSQL gives its own manifest of a base backup. */
export const BACKUP_MANIFEST_FILE = 'backup_manifest';

/** The table of contents of a directory dump of pg_dump. */
export const PG_DIRECTORY_TOC = 'toc.dat';
