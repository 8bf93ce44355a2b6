import { execFile } from 'node:child_process';
import { access, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { type ConnectionSettings, driverSettings } from '../../src/database/connection.ts';
import type { Measured } from './http-load.ts';

/** Something that runs one transaction's script over and over. */
export interface ScriptRunner {
  readonly name: string;
  run(script: string, load: { readonly clients: number; readonly seconds: number }): Promise<Measured>;
}

/** pgbench from PG_BIN or PATH; where there is none, a loop over the `pg` client, which says so by its name. */
export async function scriptRunner(settings: ConnectionSettings): Promise<ScriptRunner> {
  const program = await findPgbench();
  if (program === undefined) {
    return { name: 'a plain pg client (no pgbench here)', run: (script, load) => runByClient(settings, script, load) };
  }
  return { name: 'pgbench', run: (script, load) => runByPgbench(program, settings, script, load) };
}

async function findPgbench(): Promise<string | undefined> {
  const directories = [process.env.PG_BIN, ...(process.env.PATH ?? '').split(':')].filter(Boolean) as string[];
  for (const directory of directories) {
    const path = join(directory, 'pgbench');
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  return undefined;
}

/** On a machine with other work too: pgbench's time runs while its clients connect. */
const CLIENTS_CONNECTED_PER_SECOND = 16;

async function runByPgbench(
  program: string,
  settings: ConnectionSettings,
  script: string,
  { clients, seconds }: { readonly clients: number; readonly seconds: number },
): Promise<Measured> {
  const directory = await mkdtemp(join(tmpdir(), 'muster-pgbench-'));
  try {
    await writeFile(join(directory, 'script.sql'), script);
    const where = ['-h', settings.host, '-p', String(settings.port), '-U', settings.user];
    const how = [
      '-n',
      '-M',
      'prepared',
      '-f',
      'script.sql',
      '-c',
      String(clients),
      '-j',
      '1',
      '-T',
      String(seconds + Math.ceil(clients / CLIENTS_CONNECTED_PER_SECOND)),
      '-l',
    ];
    const { stdout } = await promisify(execFile)(program, [...where, ...how, settings.database], {
      cwd: directory,
    }).catch(({ stderr }: { readonly stderr: string }) => {
      throw new Error(`pgbench: ${stderr.split('\n').slice(0, 4).join('\n')}`);
    });
    const logs = (await readdir(directory)).filter((name) => name.startsWith('pgbench_log'));
    const lines = (await Promise.all(logs.map((name) => readFile(join(directory, name), 'utf8'))))
      .join('')
      .trim()
      .split('\n');
    // client, transaction number, microseconds, ...
    const latenciesMs = lines.map((line) => Number(line.split(' ')[2]) / 1000);
    // Its time begins before its clients are connected, which takes long on a busy machine; its own figure leaves that out.
    const perSecond = Number(/tps = ([\d.]+) \(without/.exec(stdout)?.[1] ?? Number.NaN);
    return { ...measuredOf(latenciesMs, seconds), perSecond };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function runByClient(
  settings: ConnectionSettings,
  script: string,
  { clients, seconds }: { readonly clients: number; readonly seconds: number },
): Promise<Measured> {
  const statements = script.split('\n').filter((line) => !line.startsWith('\\set'));
  const names = [...script.matchAll(/^\\set (\w+)/gm)].map((match) => match[1] ?? '');
  const endMs = performance.now() + seconds * 1000;
  const latenciesMs: number[] = [];
  await Promise.all(
    Array.from({ length: clients }, async () => {
      const client = new Client(driverSettings(settings, 'bench'));
      await client.connect();
      while (performance.now() < endMs) {
        const values = new Map(names.map((name) => [name, String(1 + Math.floor(Math.random() * 2e9))]));
        const startedMs = performance.now();
        for (const [index, text] of statements.entries()) await client.query(preparedOf(text, index, values));
        latenciesMs.push(performance.now() - startedMs);
      }
      await client.end();
    }),
  );
  return measuredOf(latenciesMs, seconds);
}

function preparedOf(text: string, index: number, values: ReadonlyMap<string, string>) {
  const used: string[] = [];
  const sql = text.replaceAll(/(?<!:):([a-z]\w*)/g, (_, name: string) => `$${used.push(values.get(name) ?? '0')}`);
  return used.length === 0 ? { text: sql } : { name: `s${index}`, text: sql, values: used };
}

function measuredOf(latenciesMs: readonly number[], seconds: number): Measured {
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { perSecond: sorted.length / seconds, p50Ms: at(0.5), p99Ms: at(0.99) };
}
