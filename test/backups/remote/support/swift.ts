import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { S3Credentials, S3Place } from '../../../../src/backups/remote/s3/s3-place.ts';
import { createEgress } from '../../../../src/egress/egress.ts';
import { unpackedEnvironment, unpackPackage } from './unpack-package.ts';

/** What Python needs to find the server, or why there is none. */
type Found = { readonly env: NodeJS.ProcessEnv } | { readonly missing: string };

/** Debian's own interpreter: its packages are for no other. */
const PYTHON = '/usr/bin/python3';
const SERVER = join(import.meta.dirname, 'swift-server.py');

/** The server of this machine; else that of Debian's packages. */
function findSwift(): Found {
  if (process.platform !== 'linux') return { missing: 'the tests of S3 run their server on Linux only' };
  if (!existsSync(PYTHON)) return { missing: `no ${PYTHON} here` };
  const installed = { ...process.env, EVENTLET_NO_GREENDNS: 'yes' };
  if (isUsable(installed)) return { env: installed };
  const unpacked = unpackPackage('python3-swift');
  if (unpacked === undefined) return { missing: 'no OpenStack Swift here, and apt-get gives none' };
  const PYTHONPATH = join(unpacked, 'usr/lib/python3/dist-packages');
  const env = { ...installed, ...unpackedEnvironment(unpacked), PYTHONPATH };
  return isUsable(env) ? { env } : { missing: 'the OpenStack Swift of the packages does not run here' };
}

function isUsable(env: NodeJS.ProcessEnv): boolean {
  const script = 'import swift.obj.mem_server, swift.common.middleware.s3api.s3api';
  return spawnSync(PYTHON, ['-c', script], { env, stdio: 'ignore' }).status === 0;
}

const SWIFT = findSwift();

/** Why the tests of S3 are skipped; undefined: they are not. */
export const NO_SWIFT = 'missing' in SWIFT ? SWIFT.missing : undefined;

/** A real object store on loopback that checks signatures, with an empty bucket. */
export interface Swift {
  readonly port: number;
  readonly place: S3Place;
  /** Of its owner, who may do everything, and of somebody who may do nothing. */
  readonly credentials: S3Credentials;
  readonly stranger: S3Credentials;
  /** Another way in, for the tests. */
  readonly client: S3Client;
  /** Makes a bucket that lists so many objects, of which there is nothing else. */
  listMany(bucket: string, prefix: string, count: number): Promise<void>;
  stop(): Promise<void>;
}

const REGION = 'test-region';
const OWNER = { accessKeyId: 'test:muster', secretAccessKey: 'correct-horse' };
const STRANGER = { accessKeyId: 'test:stranger', secretAccessKey: 'battery-staple' };

export async function startSwift(): Promise<Swift> {
  if ('missing' in SWIFT) throw new Error(SWIFT.missing);
  const base = mkdtempSync(join(tmpdir(), 'muster-swift-'));
  const users = [
    { key: OWNER.accessKeyId, secret: OWNER.secretAccessKey, isAdmin: true },
    { key: STRANGER.accessKeyId, secret: STRANGER.secretAccessKey, isAdmin: false },
  ];
  const server = spawn(PYTHON, [SERVER, base, JSON.stringify(users)], {
    env: SWIFT.env,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let said = '';
  server.stderr.on('data', (bytes: Buffer) => {
    said += bytes.toString();
  });
  const lines = createInterface(server.stdout)[Symbol.asyncIterator]();
  const answer = async () => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`the server ended: ${said}`);
    return JSON.parse(value) as Record<string, number>;
  };
  const { port = 0 } = await answer();
  const place = {
    kind: 's3',
    endpoint: `http://127.0.0.1:${port}`,
    region: REGION,
    bucket: 'backups',
    prefix: 'muster',
    pathStyle: true,
  } as const;
  const client = new S3Client({
    endpoint: place.endpoint,
    region: REGION,
    forcePathStyle: true,
    credentials: { ...OWNER },
  });
  await client.send(new CreateBucketCommand({ Bucket: place.bucket }));
  return {
    ...{ port, place, client, credentials: OWNER, stranger: STRANGER },
    async listMany(bucket, prefix, count) {
      await client.send(new CreateBucketCommand({ Bucket: bucket }));
      server.stdin.write(`${JSON.stringify({ bucket, prefix, count })}\n`);
      await answer();
    },
    async stop() {
      client.destroy();
      const over = once(server, 'exit');
      server.stdin.end();
      await over;
      rmSync(base, { recursive: true, force: true });
    },
  };
}

/** A way out to any port of this machine, and to nothing else. */
export const S3_EGRESS = createEgress({ allowList: ['http://127.0.0.1:*', 'https://127.0.0.1:*'] });
