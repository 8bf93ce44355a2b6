import { type Api, answered } from './api.ts';
import { dateIn, instantIn } from './days.ts';

/** Who works in the sample organisation, by id. */
export interface SamplePeople {
  readonly operator: string;
  readonly storekeeper: string;
  readonly duty: readonly string[];
  /** Owns the storeroom and its services. */
  readonly team: string;
  readonly operations: string;
  readonly project: string;
}

export const SKILL = 'Sample database recovery';

type Role = 'viewer' | 'asset-manager' | 'operator' | 'auditor' | 'admin';

/** Persons, teams, skills, a project, and two rotas, one of which leaves the weekends open. */
export async function enterPeople(api: Api): Promise<SamplePeople> {
  const person = async (name: string, roles: Role[]) => {
    const email = `${name.toLowerCase().replaceAll(' ', '.')}@example.org`;
    const body = { name, email, zone: 'Asia/Shanghai', roles };
    return (await answered(api.POST('/persons', { body }))).id;
  };
  const operator = await person('Sample Operator', ['operator', 'asset-manager', 'admin']);
  const storekeeper = await person('Sample Storekeeper', ['asset-manager']);
  await person('Sample Auditor', ['auditor']);
  await person('Sample Viewer', ['viewer']);
  const duty: string[] = [];
  for (const letter of ['A', 'B', 'C']) duty.push(await person(`Sample Duty ${letter}`, ['operator']));
  const team = await enterTeam(api, 'Sample team', [storekeeper, operator], ['asset-manager']);
  const operations = await enterTeam(api, 'Sample operations', [operator, ...duty], ['operator']);
  await enterSkills(api, duty);
  await enterRotas(api, operations, duty);
  const project = { name: 'Sample branch office', code: 'SAMPLE-BRANCH', ownerId: team };
  return {
    ...{ operator, storekeeper, duty, team, operations },
    project: (await answered(api.POST('/projects', { body: project }))).id,
  };
}

async function enterTeam(api: Api, name: string, members: string[], roles: Role[]): Promise<string> {
  return (await answered(api.POST('/teams', { body: { name, members, roles } }))).id;
}

/** The first two have the skill; the third one's training runs out soon. */
async function enterSkills(api: Api, duty: readonly string[]): Promise<void> {
  const body = { name: SKILL, note: 'Sample data: restores the databases that nobody runs' };
  const { id: fieldId } = await answered(api.POST('/skill-fields', { body }));
  for (const [index, id] of duty.entries()) {
    const path = { params: { path: { id } } };
    await answered(
      api.POST('/persons/{id}/participations', {
        ...path,
        body: {
          ...{ kind: 'training', fieldId, tookPlaceAt: instantIn(-340 + index) },
          ...{ validUntil: instantIn(index === 2 ? 12 : 200), note: 'Sample training' },
        },
      }),
    );
    const skill = { fieldId, level: index === 0 ? 'expert' : 'skilled', since: instantIn(-400), note: '' } as const;
    const { version } = await answered(api.GET('/persons/{id}/profile', path));
    await answered(
      api.PATCH('/persons/{id}/profile', {
        params: { ...path.params, header: { 'If-Match': `"${version}"` } },
        body: {
          skills: index < 2 ? [skill] : [],
          functions: ['technical expert'],
          contacts: [{ kind: 'email', value: `duty-${index}@example.org`, note: '' }],
        },
      }),
    );
  }
}

async function enterRotas(api: Api, ownerId: string, participants: readonly string[]): Promise<void> {
  const layer = {
    participants: [...participants],
    rotation: { unit: 'weeks', length: 1 } as const,
    ...{ startsOn: dateIn(-14), handoverAt: '09:00' },
  };
  const zone = 'Asia/Shanghai';
  await answered(
    api.POST('/on-call-rotas', {
      body: { name: 'Sample databases', zone, ownerId, layers: [{ ...layer, windows: [] }] },
    }),
  );
  const week = { fromWeekday: 'monday', from: '09:00', untilWeekday: 'friday', until: '18:00' } as const;
  await answered(
    api.POST('/on-call-rotas', {
      body: { name: 'Sample network, weekdays only', zone, ownerId, layers: [{ ...layer, windows: [week] }] },
    }),
  );
}
