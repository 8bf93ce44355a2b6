import { expect, test } from 'vitest';
import { sendBadInput } from '../http/bad-input.ts';
import { makeCaller } from '../http/support.ts';
import { useDatabase } from '../support/database.ts';
import { STOCK_ROUTES, useStockApp } from './stock-app.ts';

const database = useDatabase();
const { server } = useStockApp(database);

test('bad input is refused at every route of the stock with a problem that names the field', async () => {
  const nobody = await makeCaller(database.db, 'nobody', []);
  const run = await sendBadInput(server.app, STOCK_ROUTES, {
    allowed: server.admin.bearer,
    powerless: nobody.bearer,
  });
  expect(run.failures).toEqual([]);
  expect(run.sent).toBeGreaterThan(1000);
});
