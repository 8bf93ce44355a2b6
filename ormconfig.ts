// For TypeORM's own command line: `npx typeorm migration:show -d ormconfig.ts` with DATABASE_URL set.
import { DataSource } from 'typeorm';
import { parseDatabaseUrl } from './src/database/connection.ts';
import { dataSourceOptions, MIGRATIONS_TABLE } from './src/database/data-source.ts';
import { loadMigrations } from './src/database/migrate.ts';
import { ENTITIES } from './src/entities.ts';

const settings = parseDatabaseUrl(process.env.DATABASE_URL ?? 'postgres://muster@localhost:5432/muster');

export default new DataSource({
  ...dataSourceOptions(settings, ENTITIES, { applicationName: 'typeorm' }),
  migrations: await loadMigrations(),
  migrationsTableName: MIGRATIONS_TABLE,
});
