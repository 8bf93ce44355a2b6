import { expect } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import { onCallRoutes } from '../../src/people/on-call.routes.ts';
import { peopleRoutes } from '../../src/people/people.routes.ts';
import { profileRoutes } from '../../src/people/profile.routes.ts';
import { rotaRoutes } from '../../src/people/rota.routes.ts';
import { skillFieldRoutes } from '../../src/people/skill-field.routes.ts';
import type { TestApp } from '../http/support.ts';
import { staffOf } from '../people/support.ts';

/** The routes by which people, skills and rotas are made. */
export const dutyRoutes = () => [
  ...peopleRoutes(),
  ...profileRoutes(),
  ...skillFieldRoutes(),
  ...rotaRoutes(),
  ...onCallRoutes(),
];

export interface Someone {
  readonly id: string;
  readonly name: string;
}

/** People with skills and functions, and rotas in which one of them is always on call. */
export function dutyCastOf(server: TestApp) {
  const staff = staffOf(server);
  const person = async (profile: { functions?: string[]; fieldIds?: string[]; validUntil?: string } = {}) => {
    const made = await staff.person();
    const { functions = [], fieldIds = [], validUntil = null } = profile;
    const skills = fieldIds.map((fieldId) => ({
      fieldId,
      level: 'skilled',
      since: '2020-01-01T00:00:00Z',
      validUntil,
    }));
    const contacts = [{ kind: 'mobile', value: '1' }];
    const answer = await staff.change('patch', `/persons/${made.id}/profile`, 1, { contacts, functions, skills });
    expect(answer.status).toBe(200);
    return made as Someone;
  };
  return {
    staff,
    person,
    field: () => staff.field(),
    team: async (members: readonly Someone[]) =>
      (await staff.add('/teams', { name: `team ${newId()}`, members: members.map(({ id }) => id) })) as Someone,
    /** A rota in which a person (null: nobody) is always on call. */
    rota: async (duty: Someone | null, more: object = {}) => {
      const owner = await staff.person();
      const layer = {
        participants: duty === null ? [] : [duty.id],
        rotation: { unit: 'weeks', length: 1 },
        startsOn: '2020-01-06',
        handoverAt: '09:00',
      };
      const body = { name: `rota ${newId()}`, zone: 'UTC', ownerId: owner.id, layers: [layer], ...more };
      return (await staff.add('/on-call-rotas', body)) as Someone;
    },
    disable: async ({ id }: Someone) => {
      const { version } = await staff.read(`/persons/${id}`);
      expect((await staff.change('post', `/persons/${id}/disable`, version)).status).toBe(200);
    },
  };
}
