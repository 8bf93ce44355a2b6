import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { createBzip2Decoder } from '../../src/verification/bzip2-decoder.ts';
import type { SpawnProgram } from '../../src/verification/decoding-child.ts';
import { DEFAULT_LIMITS } from '../../src/verification/limits.ts';
import { createXzDecoder } from '../../src/verification/xz-decoder.ts';
import { decodeWith, packed } from './support/decoding.ts';
import { noise } from './support/point-making.ts';

const create = { xz: createXzDecoder, bzip2: createBzip2Decoder } as const;

describe.each(['xz', 'bzip2'] as const)('the process that decodes %s', (packing) => {
  const data = noise(3_000_000, 6);
  const stored = packed(packing, data, '-mx=1');
  const options = { storedBytes: stored.length, limits: DEFAULT_LIMITS };

  test('that is missing leaves the file unverifiable, and says what is missing', async () => {
    const absent: SpawnProgram = (_, args, how) => spawn('/nowhere/7zz', args, how);
    const { problem, decoded } = await decodeWith(create[packing], stored, { spawn: absent });
    expect(problem?.kind).toBe('unknown-format');
    expect(problem?.message).toMatch(/was not decoded: .*7zz could not be started \(.*ENOENT/);
    expect(decoded.length).toBe(0);
    const refused: SpawnProgram = () => {
      throw new Error('no processes left');
    };
    expect((await decodeWith(create[packing], stored, { spawn: refused })).problem).toMatchObject({
      kind: 'unknown-format',
      message: expect.stringContaining('no processes left'),
    });
  });

  test('that is killed on its way says nothing about the file', async () => {
    const { child, start } = watched();
    const decoder = create[packing](() => undefined, { ...options, spawn: start });
    await decoder.write(stored.subarray(0, 1_000_000));
    child()?.kill('SIGKILL');
    await decoder.write(stored.subarray(1_000_000));
    await decoder.end();
    expect(decoder.problem).toMatchObject({ kind: 'unknown-format', message: expect.stringContaining('SIGKILL') });
  });

  test('gets no environment but its locale, and ends when the decoder is closed', async () => {
    const { child, start, environment } = watched();
    const decoder = create[packing](() => undefined, { ...options, spawn: start });
    await decoder.write(stored.subarray(0, 500_000));
    expect(environment()).toEqual({ LC_ALL: 'C' });
    const running = child();
    if (running === undefined) throw new Error('no child was started');
    const ended = once(running, 'exit');
    decoder.close();
    expect(await ended).toEqual([null, 'SIGKILL']);
    decoder.close();
    await decoder.write(stored.subarray(500_000));
  });

  test('puts out no more than the consumer takes, which is called within the steps only', async () => {
    let isInStep = false;
    let isConsuming = false;
    const decoder = create[packing](async () => {
      expect(isConsuming).toBe(false);
      expect(isInStep).toBe(true);
      isConsuming = true;
      await new Promise((resolve) => setImmediate(resolve));
      isConsuming = false;
    }, options);
    for (let at = 0; at < stored.length; at += 300_000) {
      isInStep = true;
      await decoder.write(stored.subarray(at, at + 300_000));
      isInStep = false;
      await new Promise((resolve) => setImmediate(resolve));
    }
    isInStep = true;
    await decoder.end();
    expect(decoder.problem).toBeUndefined();
    expect(decoder.decodedBytes).toBe(data.length);
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('the consumer is broken');
      },
    ],
    ['rejects', () => Promise.reject(new Error('the consumer is broken'))],
  ])('is ended when its consumer %s, which the writer is told', async (_, consume) => {
    const { child, start } = watched();
    const decoder = create[packing](consume, { ...options, spawn: start });
    const work = async () => {
      await decoder.write(stored);
      await decoder.end();
    };
    await expect(work()).rejects.toThrow('the consumer is broken');
    decoder.close();
    const running = child();
    if (running !== undefined && running.exitCode === null && running.signalCode === null) await once(running, 'exit');
    expect(running?.signalCode).toBe('SIGKILL');
  });
});

/** Starts children as usual, and shows them. */
function watched() {
  let child: ChildProcessWithoutNullStreams | undefined;
  let environment: Readonly<Record<string, string>> | undefined;
  const start: SpawnProgram = (command, args, how) => {
    environment = how.env;
    child = spawn(command, args, how);
    return child;
  };
  return { start, child: () => child, environment: () => environment };
}
