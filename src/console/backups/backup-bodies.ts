import type { paths } from '../api/api.generated.d.ts';

type Sent<Operation> = Operation extends { requestBody?: { content: { 'application/json': infer Body } } }
  ? Body
  : never;

/** What the API takes for things of backups. */
export type RepositoryBody = Sent<paths['/repositories']['post']>;
export type CapturedSetBody = Sent<paths['/captured-sets']['post']>;
