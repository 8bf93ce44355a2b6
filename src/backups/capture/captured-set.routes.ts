import { idParams } from '../../http/parameters.ts';
import { defineWrite, type Route } from '../../http/route.ts';
import { CAPTURED_SET, NEW_CAPTURED_SET } from '../backup.examples.ts';
import { backupSetSchema } from '../backup-set.views.ts';
import { setReply } from '../set-reply.ts';
import { type CapturedSetDeps, createCapturedSet, updateCapturedSet } from './captured-set.service.ts';
import { capturedSetChangeSchema, newCapturedSetSchema } from './captured-set.ts';

/** Backup sets that Muster takes itself of a source. They are listed, read and retired as all backup sets. */
export const capturedSetRoutes = (deps: CapturedSetDeps): Route[] => [create(deps), update(deps)];

const common = { tag: 'backups', permission: 'backup.write' } as const;

const create = (deps: CapturedSetDeps) =>
  defineWrite({
    ...common,
    method: 'post',
    path: '/captured-sets',
    operationId: 'createCapturedSet',
    summary: 'Have Muster take the backups of a source from now on, by a schedule and on demand',
    errors: [
      ...['invalid-timing', 'source-limits', 'password-not-asked-for', 'backup-set-name-taken'],
      ...['unsuitable-repository', 'unsuitable-owner'],
    ],
    status: 201,
    body: newCapturedSetSchema,
    response: backupSetSchema,
    examples: { body: NEW_CAPTURED_SET, response: CAPTURED_SET },
    handle: async (request) => {
      const set = await createCapturedSet(request.tx, request, deps, request.body);
      return { ...(await setReply(request.tx, set)), location: `/backup-sets/${set.id}` };
    },
  });

const update = (deps: CapturedSetDeps) =>
  defineWrite({
    ...common,
    method: 'patch',
    path: '/captured-sets/{id}',
    operationId: 'updateCapturedSet',
    summary: 'Change what Muster takes, when, and how it is watched; recovery points that are there stay as they are',
    errors: [
      ...['no-such-backup-set', 'stale-backup-set', 'backup-set-retired', 'not-taken-from-a-source'],
      ...['invalid-timing', 'no-clock', 'source-limits', 'password-not-asked-for', 'password-to-be-given-again'],
      'unsuitable-owner',
    ],
    ifMatch: true,
    params: idParams,
    body: capturedSetChangeSchema,
    response: backupSetSchema,
    examples: {
      body: { bytesPerSecondMax: 52_428_800 },
      response: {
        ...CAPTURED_SET,
        capture: CAPTURED_SET.capture && { ...CAPTURED_SET.capture, bytesPerSecondMax: 52_428_800 },
        version: 2,
      },
    },
    handle: async (request) => {
      const target = { id: request.params.id, expectedVersion: request.expectedVersion };
      return setReply(request.tx, await updateCapturedSet(request.tx, request, deps, target, request.body));
    },
  });
