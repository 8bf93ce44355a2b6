import { expect } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import type { TestApp } from '../http/support.ts';

const API = '/api/v1';

/** Adds people and what belongs to them through the API, and answers what the server says about it. */
export function staffOf(server: TestApp) {
  const add = async (path: string, body: object) => {
    const answer = await server.request('post', API + path).send(body);
    expect([answer.status, answer.body.fields]).toEqual([201, undefined]);
    return answer.body;
  };
  return {
    add,
    person: (more: object = {}): Promise<{ id: string; name: string; email: string; version: number }> =>
      add('/persons', { name: `person ${newId()}`, email: `${newId()}@example.org`, ...more }),
    field: (name = `field ${newId()}`): Promise<{ id: string; name: string; version: number }> =>
      add('/skill-fields', { name }),
    /** Sends a change of something at a version. */
    change: (method: 'patch' | 'post' | 'put' | 'delete', path: string, version: number, body?: object) => {
      const request = server.request(method, API + path).set('If-Match', `"${version}"`);
      return body === undefined ? request : request.send(body);
    },
    read: async (path: string) => (await server.request('get', API + path)).body,
  };
}
