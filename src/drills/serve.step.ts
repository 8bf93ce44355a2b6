import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError, messageOf } from '../kernel/errors.ts';
import type { StepOf } from './definition-steps.ts';
import { provisioned, type Recovery } from './recovery.ts';
import { pathInside } from './sandbox.ts';
import { carryOutScript, endInWords } from './script.step.ts';
import type { StartedService } from './started-service.ts';

/** The socket's name in the working directory of a service. */
const SOCKET = 'http.sock';
const LOOK_MS = 50;

/**
 * Starts a service and waits until it listens. It ends with the run at the latest.
 * @throws AppError `unprocessable` `service-ended` when it ends before; as `carryOutScript`; the signal's reason.
 */
export async function serve(recovery: Recovery, signal: AbortSignal, step: StepOf<'serve'>): Promise<string> {
  const service = await start(recovery, step);
  recovery.services.push(service);
  try {
    while (!(await isSocket(service.socket))) {
      const ended = service.howEnded();
      if (ended !== undefined) {
        const message = `The service ${step.name} did not come to listen: ${ended}`;
        throw new AppError('unprocessable', 'service-ended', message);
      }
      await delay(LOOK_MS, undefined, { signal });
    }
  } catch (thrown) {
    await service.stop();
    throw thrown;
  }
  return `the service ${step.name} listens`;
}

async function start(recovery: Recovery, step: StepOf<'serve'>): Promise<StartedService> {
  const { recorder } = recovery;
  const { name, isolation } = step;
  const place = `service-${name}`;
  const work = await pathInside(provisioned(recovery).sandbox, join(place, 'work'));
  const stopping = new AbortController();
  let ended: string | undefined;
  const environment = { HTTP_SOCKET: isolation === 'none' ? SOCKET : `/work/${SOCKET}` };
  const running = carryOutScript(recovery, stopping.signal, step, { mayWrite: true, place, environment }).then(
    (end) => {
      ended = `${step.script} ${endInWords(end)}`;
    },
    (thrown) => {
      ended = messageOf(thrown);
    },
  );
  void running.then(() => {
    if (!stopping.signal.aborted) recorder.say(`the service ${name} has ended by itself: ${ended}`, 'warn');
  });
  return {
    name,
    socket: join(work, SOCKET),
    howEnded: () => ended,
    stop: () => {
      stopping.abort(new AppError('conflict', 'service-stopped', 'it was stopped'));
      return running;
    },
  };
}

/** Ends every service of a run. */
export async function stopServices({ services }: Recovery): Promise<void> {
  await Promise.all(services.map((service) => service.stop()));
}

async function isSocket(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  return found?.isSocket() ?? false;
}
