import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RemoteMeans } from '../../../src/backups/remote/open-store.ts';
import { createEgress } from '../../../src/egress/egress.ts';
import { newKeyring } from '../../support/keyring.ts';

/** For tests that go to no other machine. */
export const NO_REMOTE: RemoteMeans = {
  keyring: await newKeyring(),
  egress: createEgress({ allowList: [] }),
  spoolRoot: join(tmpdir(), 'muster-no-spool'),
};
