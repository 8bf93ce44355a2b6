import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { SftpPlace } from '../../../../src/backups/remote/sftp/sftp-place.ts';
import { createEgress } from '../../../../src/egress/egress.ts';
import { unpackedEnvironment, unpackPackage } from './unpack-package.ts';

/** Where an OpenSSH server was found, or why there is none. */
type Found = { readonly path: string; readonly env: NodeJS.ProcessEnv } | { readonly missing: string };

const INSTALLED = ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/usr/lib/ssh/sshd'];

/** The server of this machine; else the one of Debian's package. */
function findSshd(): Found {
  if (process.platform !== 'linux') return { missing: 'the tests of SFTP run their server on Linux only' };
  if (spawnSync('ssh-keygen', ['-?']).error !== undefined) return { missing: 'no ssh-keygen here' };
  const found = INSTALLED.find((path) => existsSync(path));
  if (found !== undefined) return { path: found, env: process.env };
  const unpacked = unpackPackage('openssh-server');
  if (unpacked === undefined) return { missing: 'no sshd here, and apt-get gives none' };
  const [path, env] = [join(unpacked, 'usr/sbin/sshd'), unpackedEnvironment(unpacked)];
  const { stderr } = spawnSync(path, ['-?'], { encoding: 'utf8', env });
  return /OpenSSH/.test(stderr) ? { path, env } : { missing: 'the sshd of the package does not run here' };
}

const SSHD = findSshd();

/** Why the tests of SFTP are skipped; undefined: they are not. */
export const NO_SSHD = 'missing' in SSHD ? SSHD.missing : undefined;

/** A real OpenSSH server on loopback with a directory of its own, run by a user who may not do everything. */
export interface Sshd {
  readonly port: number;
  /** Fingerprints of its two host keys. */
  readonly hostKey: string;
  readonly otherHostKey: string;
  /** That it accepts, and one that it does not. */
  readonly privateKey: string;
  readonly wrongKey: string;
  /** The directory that is served. */
  readonly root: string;
  readonly place: SftpPlace;
  /** Gives what was made below the root to the user of the server. */
  own(): void;
  stop(): Promise<void>;
}

const NOBODY = 65_534;

export async function startSshd(): Promise<Sshd> {
  if ('missing' in SSHD) throw new Error(SSHD.missing);
  const base = mkdtempSync(join(tmpdir(), 'muster-sshd-'));
  const isRoot = process.getuid?.() === 0;
  const user = isRoot ? 'nobody' : userInfo().username;
  const root = join(base, 'backups');
  mkdirSync(root);
  for (const [name, type] of Object.entries({ host: 'ed25519', other: 'ecdsa', user: 'ed25519', wrong: 'ed25519' })) {
    execFileSync('ssh-keygen', ['-q', '-N', '', '-t', type, '-f', join(base, name)]);
  }
  const port = await freePort();
  const config = [
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${join(base, 'host')}`,
    `HostKey ${join(base, 'other')}`,
    `AuthorizedKeysFile ${join(base, 'user.pub')}`,
    'PidFile none',
    // Without it an account is taken for locked by a server that may not read the file of passwords.
    'UsePAM yes',
    'StrictModes no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'Subsystem sftp internal-sftp',
  ];
  writeFileSync(join(base, 'config'), `${config.join('\n')}\n`);
  const own = () => isRoot && execFileSync('chown', ['-R', '-h', `${NOBODY}:${NOBODY}`, base]);
  own();
  chmodSync(base, 0o755);
  const server = spawn(SSHD.path, ['-D', '-e', '-f', join(base, 'config')], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: SSHD.env,
    ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}),
  });
  let said = '';
  server.stderr.on('data', (bytes: Buffer) => {
    said += bytes.toString();
  });
  await listening(
    port,
    () => server.exitCode,
    () => said,
  );
  const hostKey = fingerprint(join(base, 'host.pub'));
  return {
    ...{ port, root, hostKey, otherHostKey: fingerprint(join(base, 'other.pub')) },
    privateKey: readFileSync(join(base, 'user'), 'utf8'),
    wrongKey: readFileSync(join(base, 'wrong'), 'utf8'),
    place: { kind: 'sftp', host: '127.0.0.1', port, user, path: root, hostKey },
    own: () => void own(),
    async stop() {
      const over = once(server, 'exit');
      server.kill();
      await over;
      rmSync(base, { recursive: true, force: true });
    },
  };
}

/** A way out to any port of this machine, and to nothing else. */
export const LOCAL_EGRESS = createEgress({ allowList: ['sftp://127.0.0.1:*'] });

function fingerprint(path: string): string {
  return execFileSync('ssh-keygen', ['-l', '-f', path], { encoding: 'utf8' }).split(' ')[1] ?? '';
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** An sshd says that it listens to nobody who waits for it: it is asked until it answers. */
async function listening(port: number, exitCode: () => number | null, said: () => string): Promise<void> {
  for (;;) {
    if (exitCode() !== null) throw new Error(`sshd ended: ${said()}`);
    const socket = connect(port, '127.0.0.1');
    const isThere = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (isThere) return;
    await pause(20);
  }
}
