import { expect, test } from 'vitest';
import { sendBadInput } from '../../http/bad-input.ts';
import { makeCaller } from '../../http/support.ts';
import { useCaptureWorld } from './support/capture-world.ts';

const world = useCaptureWorld();

test('whatever is wrong with a request, the answer names the field and is never a 5xx', async () => {
  const { app, admin } = world.api;
  const powerless = await makeCaller(world.database.db, 'powerless', []);
  const ids = { allowed: admin.bearer, powerless: powerless.bearer };
  const { id } = await world.newSet({ type: 'sqlite', path: '/srv/intranet.sqlite' });
  const { failures, sent } = await sendBadInput(app, world.routes(), ids, { id });
  expect(failures).toEqual([]);
  expect(sent).toBeGreaterThan(world.routes().length * 20);
}, 120_000);
