import { categoryRoutes } from '../../src/inventory/category.routes.ts';
import { deviceModelRoutes } from '../../src/inventory/device-model.routes.ts';
import { fitRoutes } from '../../src/inventory/fit.routes.ts';
import { locationRoutes } from '../../src/inventory/location.routes.ts';
import { partRoutes } from '../../src/inventory/part.routes.ts';
import { newId } from '../../src/kernel/ids.ts';
import { type TestApp, useApp } from '../http/support.ts';
import type { TestDatabase } from '../support/database.ts';

export const catalogueRoutes = () => [
  ...locationRoutes(),
  ...categoryRoutes(),
  ...partRoutes(),
  ...deviceModelRoutes(),
  ...fitRoutes(),
];

/** A thing as the API answers it. */
// biome-ignore lint/suspicious/noExplicitAny: answers are JSON, which the tests look into
export type Answered = any;

/** The catalogue over HTTP, as the administrator uses it. */
export function useCatalogue(database: TestDatabase) {
  const server: TestApp = useApp(database, () => ({ routes: catalogueRoutes() }));
  const post = (path: string, body: object) => server.request('post', `/api/v1${path}`).send(body);
  const get = (path: string) => server.request('get', `/api/v1${path}`);
  const at = (method: 'patch' | 'post' | 'delete', path: string, version: number) =>
    server.request(method, `/api/v1${path}`).set('If-Match', `"${version}"`);
  const made = async (path: string, body: object): Promise<Answered> => {
    const answer = await post(path, body);
    if (answer.status !== 201) throw new Error(`POST ${path}: ${answer.status} ${answer.text}`);
    return answer.body;
  };
  return {
    server,
    get,
    post,
    /** Makes a thing, which must succeed. */
    made,
    change: (path: string, version: number, body: object) => at('patch', path, version).send(body),
    retire: (path: string, version: number) => at('post', `${path}/retire`, version).send({ reason: 'no longer used' }),
    remove: (path: string, version: number) => at('delete', path, version),
    location: (more: object = {}) =>
      made('/locations', { code: `L-${newId().slice(-12)}`, name: 'some place', kind: 'site', ...more }),
    category: (fields: readonly object[] = [], name = `category ${newId()}`) =>
      made('/part-categories', { name, fields }),
    part: async (more: object = {}) =>
      made('/parts', {
        manufacturer: 'Sample Co',
        partNumber: `PN-${newId().slice(-12)}`,
        name: 'some part',
        tracking: 'serial',
        ...('categoryId' in more ? {} : { categoryId: (await made('/part-categories', { name: newId() })).id }),
        ...more,
      }),
    deviceModel: (more: object = {}) =>
      made('/device-models', { manufacturer: 'Sample Co', model: `M-${newId().slice(-12)}`, ...more }),
    /** Everything on all pages of a list. */
    async all(path: string, limit = 2): Promise<Answered[]> {
      const seen: Answered[] = [];
      let after = '';
      do {
        const join = path.includes('?') ? '&' : '?';
        const page = await get(`${path}${join}limit=${limit}${after && `&after=${after}`}`);
        if (page.status !== 200) throw new Error(`GET ${path}: ${page.status} ${page.text}`);
        seen.push(...page.body.items);
        after = page.body.next;
      } while (after);
      return seen;
    },
  };
}
