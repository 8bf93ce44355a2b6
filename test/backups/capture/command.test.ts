import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmod, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Decrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { expect, test } from 'vitest';
import { captureInProcess } from '../../../src/backups/capture/capture-process.ts';
import type { CaptureTask } from '../../../src/backups/capture/capture-task.ts';
import type { CaptureSourceOf } from '../../../src/backups/capture/captured-set.ts';
import { repositoryById } from '../../../src/backups/repository.queries.ts';
import { useCaptureWorld } from './support/capture-world.ts';
import { parentOf, processesOf } from './support/processes.ts';

const world = useCaptureWorld();

const OUTPUT = { fileName: 'output', packing: 'none', expectedFormat: null, timeLimitSeconds: 600 } as const;

async function taskOf(script: string, source: Partial<CaptureSourceOf<'command'>> = {}): Promise<CaptureTask> {
  return {
    source: { type: 'command', program: await world.newCommand(script), arguments: [], ...OUTPUT, ...source },
    directory: await world.newDirectory(),
    recipients: [],
    ownDirectories: [],
    openDirectories: [],
    bytesPerSecondMax: undefined,
    commandDirectory: world.deps.capture.commandDirectory,
  };
}

const programOf = ({ source }: CaptureTask) => (source.type === 'command' ? source.program : '');

/** Never ends by itself, and neither it nor what it starts, in a session of its own, heeds a signal that can be ignored. */
const STUBBORN = `
  trap '' TERM INT HUP
  setsid sh -c 'trap "" TERM INT HUP; echo begun; while :; do sleep 1; done' "$0" &
  while :; do sleep 1; done`;

test('the output of a command becomes a sound point; the command gets its arguments as they are, and nothing of the service', async () => {
  const program = await world.newCommand(`printf '<%s>' "$@"; env | sort; cat; echo 'a warning' >&2`);
  const source = { type: 'command' as const, program, arguments: ['a b', '$HOME', '*', ''], fileName: 'out.txt' };
  const set = await world.newSet({ ...source, packing: 'gzip' });
  const point = await world.take(set);
  expect(point).toMatchObject({ method: 'command', own: true, verdict: 'sound', verifiedLevel: 'structure' });
  const { root } = await repositoryById(world.database.db, set.repositoryId);
  const output = gunzipSync(await readFile(join(root, point.name, 'out.txt.gz'))).toString();
  expect(output).toMatch(/^<a b><\$HOME><\*><>HOME=\/nonexistent\nLANG=C\.UTF-8\n(OLDPWD=.*\n)?PATH=[^\n]*\nPWD=\/\n$/);
  const record = JSON.parse(await readFile(join(root, point.name, 'record.json'), 'utf8'));
  expect(record).toMatchObject({
    source: { ...source, packing: 'gzip' },
    facts: { standardError: 'a warning\n', outputBytes: output.length },
  });
});

test('what is to be encrypted is plain only until it was read back', async () => {
  const identity = await generateX25519Identity();
  const task = await taskOf('echo secret', { packing: 'zstd', fileName: 'out.txt' });
  const { files } = await captureInProcess({ ...task, recipients: [await identityToRecipient(identity)] });
  expect(files).toMatchObject([{ path: 'out.txt.zst.age' }]);
  expect(await readdir(task.directory)).toEqual(['out.txt.zst.age']);
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  const stored = await decrypter.decrypt(await readFile(join(task.directory, 'out.txt.zst.age')));
  expect(Buffer.from(stored).readUInt32LE(0)).toBe(0xfd2fb528);
});

test.each([
  ['that ends with a status', 'echo data; echo no space >&2; exit 3', 'command-failed', /with status 3; .*no space/],
  ['that is killed', "echo data; sh -c 'kill -9 $$'", 'command-failed', /137|SIGKILL/],
  ['that writes nothing', 'echo all is well >&2', 'command-wrote-nothing', /wrote nothing.*all is well/],
  ['that does not end', 'echo data; echo waiting >&2; sleep 600', 'command-timed-out', /longer than 1 s.*waiting/],
  ['that cannot begin', 'exec /nonexistent/program', 'command-failed', /with status 127/],
])('a command %s is no backup, and its last words are told', async (_, script, code, message) => {
  const task = await taskOf(script, { timeLimitSeconds: code === 'command-timed-out' ? 1 : 600 });
  await expect(captureInProcess(task)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  expect(processesOf(programOf(task))).toEqual([]);
});

test('error text is no backup where a format is expected, packed or not', async () => {
  for (const packing of ['none', 'gzip'] as const) {
    const expected = { packing, expectedFormat: 'tar', fileName: 'data' };
    const failed = captureInProcess(await taskOf('echo "cannot read the disk"', expected));
    const message = expect.stringMatching(/is of the format .*, where tar.* is expected/);
    await expect(failed).rejects.toMatchObject({ code: 'file-unfit-for-manifest', message });
    const done = await captureInProcess(await taskOf('tar -C /etc -c passwd', expected));
    expect(done.files).toMatchObject([{ path: packing === 'gzip' ? 'data.gz' : 'data' }]);
  }
  const said = "echo 'pg_dump: error: connection to server failed'";
  const claimed = captureInProcess(await taskOf(said, { packing: 'gzip', fileName: 'orders.sql' }));
  await expect(claimed).rejects.toMatchObject({ code: 'file-unfit-for-manifest' });
});

test('a failed command leaves no point, and says so in its run', async () => {
  const program = await world.newCommand('echo half; echo the disk is gone >&2; exit 1');
  const set = await world.newSet({ type: 'command', program, fileName: 'half' });
  await expect(world.take(set)).rejects.toMatchObject({ code: 'command-failed' });
  const { root } = await repositoryById(world.database.db, set.repositoryId);
  expect(await readdir(join(root, set.name))).toEqual([]);
  const [run] = await world.database.db.rows('SELECT state, failure FROM backup_capture WHERE set_id = $1', [set.id]);
  expect(run).toMatchObject({ state: 'failed', failure: expect.stringContaining('the disk is gone') });
});

test('what a command left running ends with it', async () => {
  const task = await taskOf(`setsid sh -c 'while :; do sleep 1; done' "$0" & echo data`);
  await captureInProcess(task);
  await expect.poll(() => processesOf(programOf(task))).toEqual([]);
});

test('a cancelled command ends with everything that it started, whatever signals those ignore', async () => {
  const task = await taskOf(STUBBORN);
  const cancel = new AbortController();
  const taking = captureInProcess(task, { signal: cancel.signal });
  await begun(task);
  cancel.abort(new Error('enough'));
  await expect(taking).rejects.toThrow('enough');
  await expect.poll(() => processesOf(programOf(task))).toEqual([]);
});

test('so it does when the process that captures is killed, and that is a failed capture', async () => {
  const task = await taskOf(STUBBORN);
  const failed = expect(captureInProcess(task)).rejects.toMatchObject({ code: 'capture-process-died' });
  await begun(task);
  const capturing = processesOf('capture.process.ts').filter((pid) => parentOf(pid) === process.pid);
  expect(capturing).toHaveLength(1);
  for (const pid of capturing) process.kill(pid, 'SIGKILL');
  await failed;
  await expect.poll(() => processesOf(programOf(task))).toEqual([]);
});

test('so it does when the worker itself is killed', async () => {
  const task = await taskOf(STUBBORN);
  const worker = fork(new URL('./support/capturing.process.ts', import.meta.url), { serialization: 'advanced' });
  worker.send(task);
  await begun(task);
  worker.kill('SIGKILL');
  await once(worker, 'exit');
  await expect.poll(() => processesOf(programOf(task))).toEqual([]);
});

/** Until the process that heeds no signal is there, in its session of its own. */
async function begun(task: CaptureTask): Promise<void> {
  const isRunning = () => processesOf(programOf(task)).some((pid) => processesOf('echo begun').includes(pid));
  await expect.poll(isRunning, { timeout: 60_000 }).toBe(true);
}

test('only what the administrator has put ready is run, and nothing where there is no such directory', async () => {
  const task = await taskOf('echo data');
  const missing = captureInProcess({
    ...task,
    source: { ...task.source, program: 'other.sh' } as CaptureTask['source'],
  });
  await expect(missing).rejects.toMatchObject({
    code: 'no-such-command',
    message: expect.stringContaining('other.sh'),
  });
  await chmod(join(task.commandDirectory ?? '', programOf(task)), 0o644);
  await expect(captureInProcess(task)).rejects.toMatchObject({ code: 'no-such-command' });
  const unset = captureInProcess({ ...task, commandDirectory: undefined });
  const message = expect.stringContaining('MUSTER_COMMAND_DIR');
  await expect(unset).rejects.toMatchObject({ kind: 'unprocessable', code: 'no-command-directory', message });
});

test.each([
  ['program', { program: '../sh' }, '#/source/program'],
  ['program', { program: '/bin/sh' }, '#/source/program'],
  ['program', { program: '.hidden' }, '#/source/program'],
  ['program', { program: '-c' }, '#/source/program'],
  ['arguments', { arguments: 'echo data' }, '#/source/arguments'],
  ['arguments', { arguments: ['a\0b'] }, '#/source/arguments/0'],
  ['arguments', { arguments: Array.from({ length: 51 }, () => 'x') }, '#/source/arguments'],
  ['fileName', { fileName: 'a/b' }, '#/source/fileName'],
  ['fileName', { fileName: 'manifest.json' }, '#/source/fileName'],
  ['packing', { packing: 'xz' }, '#/source/packing'],
  ['command', { command: 'rm -rf /' }, '#/source'],
])('a source with a wrong %s is refused: %j', async (_, wrong, field) => {
  const stated = { name: 'wrong', repositoryId: crypto.randomUUID(), zone: 'UTC', rpoSeconds: 3600 };
  const source = { type: 'command', program: 'x', fileName: 'y', ...wrong };
  const answer = await world.post('/captured-sets', { ...stated, ownerId: crypto.randomUUID(), source }, 400);
  expect(answer.fields).toMatchObject([{ field: expect.stringContaining(field) }]);
});
