import { chmod, copyFile, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createKeyring, KEY_FILES } from '../../src/secrets/keyring.ts';
import { type Environment, muster } from '../cli/cli.ts';
import { asSuperuser } from '../cli/runtime.ts';
import { CLOSED_CHECKOUT, isOpenToOthers } from '../support/open-checkout.ts';
import { furnish } from './furnished.ts';
import { copyData, type Installation, leftoversOf, mountDisk, useInstallations } from './installation.ts';
import { complaintsIn, failToStart, type LaunchOptions, startService } from './service.ts';

vi.setConfig({ testTimeout: 120_000 });
const newInstallation = useInstallations();

/** Where nothing is: for what is refused before a directory is made. */
let empty: Installation;
/** A stopped service with a backup and a drill. Refusals leave it as it is: the last test starts it. */
let furnished: Installation;

beforeAll(async () => {
  empty = await newInstallation();
  furnished = await newInstallation();
  await furnish(furnished);
}, 150_000);

/** Changes a file of the stopped service until the test is over. */
async function spoil(file: string, change: (path: string) => Promise<void>): Promise<void> {
  const path = join(furnished.data, file);
  const [bytes, { mode }] = [await readFile(path), await stat(path)];
  onTestFinished(async () => {
    await writeFile(path, bytes);
    await chmod(path, mode);
  });
  await change(path);
}

/** One line for people, the exit status, soon, and nothing left behind. */
async function expectRefusal(installation: Installation, code: number, line: RegExp, options: LaunchOptions = {}) {
  const end = await failToStart(installation, options);
  expect(end.signal).toBeNull();
  await expectOneLine(installation, { ...end, complaints: end.lines }, code, line);
}

/** The same of `serve` in the process that the file's tests share: at least one of each kind is a process of its own. */
async function expectServeRefused(
  installation: Installation,
  code: number,
  line: RegExp,
  environment: Environment = {},
): Promise<void> {
  const end = await muster(installation, ['serve'], { MUSTER_LOG_LEVEL: 'info', ...environment });
  await expectOneLine(installation, { code: end.code, complaints: complaintsIn(end.stderr) }, code, line);
}

async function expectOneLine(
  installation: Installation,
  end: { readonly code: number | null; readonly complaints: readonly string[] },
  code: number,
  line: RegExp,
): Promise<void> {
  expect(end.complaints).toEqual([expect.stringMatching(line)]);
  expect(end.code).toBe(code);
  expect(end.complaints[0]).toMatch(/^muster: /);
  expect(await leftoversOf(installation)).toEqual([]);
}

describe('a configuration that is wrong is refused with one line that names the variable, and exit status 2', () => {
  const wrong: readonly (readonly [Readonly<Record<string, string>>, RegExp])[] = [
    [{ MUSTER_PORT: '70000' }, /MUSTER_PORT must be a whole number from 0 to 65535/],
    [{ MUSTER_PROT: '7300' }, /MUSTER_PROT is not known.*MUSTER_PORT/],
    [{ DATABASE_URL: 'mysql://root@localhost/muster' }, /DATABASE_URL must begin with postgres:/],
  ];
  it.each(wrong)('%j', async (environment, line) => {
    await expectServeRefused(empty, 2, line, environment);
  });

  it('names every wrong variable at once', async () => {
    const environment = { MUSTER_PORT: 'x', MUSTER_ZONE: 'Mars/Olympus', MUSTER_PROT: '1', MUSTER_LOG_LEVEL: 'loud' };
    await expectRefusal(empty, 2, /MUSTER_PROT.*MUSTER_PORT.*MUSTER_ZONE.*MUSTER_LOG_LEVEL/, { environment });
  });
});

describe('a directory that cannot be used is refused, naming it', () => {
  it('the data directory cannot be made', async () => {
    // A directory where nothing can be made, and the kernel says neither that it is forbidden nor why.
    await expectServeRefused(empty, 1, /data directory \/proc\/muster cannot be used/, { MUSTER_DATA: '/proc/muster' });
  });

  it('the data directory is a file', async () => {
    const file = join(empty.root, 'file');
    await writeFile(file, '');
    await expectServeRefused(empty, 1, /data directory .*file cannot be used/, { MUSTER_DATA: file });
  });

  it('the data directory belongs to another user', async (context) => {
    if (process.getuid?.() !== 0) return context.skip('only root can start the service as another user');
    if (!isOpenToOthers()) return context.skip(CLOSED_CHECKOUT);
    const installation = await newInstallation();
    await chmod(installation.root, 0o755);
    await mkdir(installation.data, { mode: 0o755 });
    await expectRefusal(installation, 1, /data directory .* cannot be used: .*EPERM|cannot be used: .*EACCES/, {
      uid: 65_534,
      gid: 65_534,
    });
  });

  it('the backups cannot be written', async () => {
    await expectServeRefused(furnished, 1, /\/proc\/backups cannot be made/, { MUSTER_BACKUP_DIR: '/proc/backups' });
  });
});

const MAY_NOT_MOUNT = 'only who may mount a small disk can fill one';

describe('a full disk is refused with a line that says so', () => {
  it('at the first start', async (context) => {
    const installation = await newInstallation();
    if (!(await mountDisk(installation.data, 48))) return context.skip(MAY_NOT_MOUNT);
    await expectRefusal(installation, 1, /has only .* free, and a first start needs 256/);
  });

  it('at a later start', async (context) => {
    const installation = await newInstallation();
    if (!(await mountDisk(installation.data, 200))) return context.skip(MAY_NOT_MOUNT);
    await copyData(`${furnished.data}/.`, installation.data);
    await fillDisk(join(installation.data, 'filler'));
    await expectServeRefused(installation, 1, /has only .* free, and a start needs 32/);
  });
});

async function fillDisk(file: string): Promise<void> {
  const chunk = Buffer.alloc(64 * 1024, 1);
  for (;;) {
    try {
      await writeFile(file, chunk, { flag: 'a' });
    } catch {
      return;
    }
  }
}

describe('keys that are not the right ones are refused, naming the file and what to do', () => {
  const MASTER = join('keys', KEY_FILES.master);
  const SIGNING = join('keys', KEY_FILES.signing);
  const spoilt: readonly (readonly [string, RegExp, string, (key: string) => Promise<void>])[] = [
    ['no master key', /master\.key is missing: put it back/, MASTER, rm],
    ['no signing key', /signing-key\.pem is missing/, SIGNING, rm],
    [
      'a master key open to others',
      /master\.key is open to other users \(mode 0644\)/,
      MASTER,
      (key) => chmod(key, 0o644),
    ],
    [
      'a master key of garbage',
      /master\.key does not hold a Muster master key/,
      MASTER,
      (key) => writeFile(key, 'hunter2\n'),
    ],
  ];
  it.each(spoilt)('%s', async (_what, line, file, change) => {
    await spoil(file, change);
    await expectServeRefused(furnished, 1, line);
  });

  it('the keys of another installation', async () => {
    const other = join(furnished.root, 'other');
    await createKeyring(other);
    await spoil(MASTER, (key) => copyFile(join(other, KEY_FILES.master), key));
    await expectRefusal(furnished, 1, /master key at hand .* is not the one of this database/);
  });
});

describe('a database that this release cannot run is refused and left as it is', () => {
  const versions = [
    ['17', /was made by PostgreSQL 17, which is older than/],
    ['99', /was made by PostgreSQL 99, which is newer than/],
    ['', /does not hold a version number/],
  ] as const;
  it.each(versions)('PG_VERSION %j', async (version, line) => {
    await spoil('postgres/PG_VERSION', (file) => writeFile(file, `${version}\n`));
    await expectServeRefused(furnished, 1, line);
  });

  it('damaged control file', async () => {
    await spoil('postgres/global/pg_control', (file) => writeFile(file, Buffer.alloc(8192)));
    await expectServeRefused(
      furnished,
      1,
      /PostgreSQL on .* ended during start-up .*FATAL: {2}database files are incompatible with server/,
    );
  });

  it('a settings file that PostgreSQL cannot read', async () => {
    await spoil('postgres/postgresql.conf', (file) => writeFile(file, 'max_connections = many\n'));
    await expectRefusal(furnished, 1, /ended during start-up .*invalid value for parameter "max_connections": "many"/);
  });

  it('a schema of a newer Muster', async () => {
    // A copy: no other test could open this one any more.
    const newer = await newInstallation();
    await copyData(furnished.data, newer.data);
    await asSuperuser(
      newer,
      `INSERT INTO schema_migration (timestamp, name) VALUES (9999999999999, 'Future9999999999999')`,
    );
    await expectServeRefused(newer, 1, /migrated by a newer Muster \(Future9999999999999\)/);
  });
});

describe('what is taken is not taken again', () => {
  it('a busy port is refused with a line that names it', async () => {
    const other = createServer();
    const port = await new Promise<number>((resolve) => {
      other.listen(0, '127.0.0.1', () => resolve((other.address() as { port: number }).port));
    });
    try {
      await expectRefusal(furnished, 1, new RegExp(`Port ${port} on 127.0.0.1 is in use`), {
        environment: { MUSTER_PORT: String(port) },
      });
    } finally {
      other.close();
    }
  });

  it('an address that is not ours is refused', async () => {
    await expectServeRefused(furnished, 1, /192\.0\.2\.7 is no address of this machine/, {
      MUSTER_HOST: '192.0.2.7',
    });
  });

  it('a second service on the same data directory is refused, naming the first, which goes on', async () => {
    const service = await startService(furnished);
    const second = await failToStart(furnished);
    expect([second.code, second.lines]).toEqual([
      1,
      [
        expect.stringMatching(
          new RegExp(`^muster: The data directory .* is in use by another Muster \\(process ${service.pid} `),
        ),
      ],
    ]);
    expect((await service.api.request('GET', '/readyz')).status).toBe(200);
    expect((await service.stop()).code).toBe(0);
  });
});
