import { join } from 'node:path';
import { SAMPLE_STOCK } from '../../src/composition/samples/sample-names.ts';
import { awaitAlerts, pushSignals } from './alerts.ts';
import { type Api, answered, apiAt } from './api.ts';
import { keepBackups } from './backups.ts';
import { awaitSamples, rehearse, startDrill } from './drills.ts';
import { handOut } from './handed-out.ts';
import { agreePolicy, reportIncidents } from './incidents.ts';
import { enterLicences } from './licences.ts';
import { enterPeople } from './people.ts';
import { enterServices } from './services.ts';
import { fillStoreroom } from './storeroom.ts';

/** A running Muster that is to be filled. */
export interface Target {
  /** Without a path. */
  readonly url: string;
  readonly adminToken: string;
  /** Absolute; the demo keeps its archives in it. */
  readonly dataDirectory: string;
  readonly say: (line: string) => void;
}

/** Whether somebody has entered locations; the sample data of the shipped drills has one of its own. */
export async function isFilled({ url, adminToken }: Target): Promise<boolean> {
  const query = { limit: 2 };
  const { items } = await answered(apiAt(url, adminToken).GET('/locations', { params: { query } }));
  return items.some(({ code }) => code !== SAMPLE_STOCK.location);
}

/** Enters the sample organisation through the API, as its people would, and leaves a drill running. */
export async function fill(target: Target): Promise<void> {
  const { url, dataDirectory, say } = target;
  const admin = apiAt(url, target.adminToken);
  say('People, teams, rotas');
  const people = await enterPeople(admin);
  const { secret, token } = await answered(
    admin.POST('/tokens', { body: { name: 'sample data', principalId: people.operator, expiresAt: null } }),
  );
  const api = apiAt(url, secret);
  say('Storeroom, licences, who has what');
  const store = await fillStoreroom(api, people.team);
  const licences = await enterLicences(api, people.team);
  await handOut(api, { people, store, licences });
  say('Archives, some damaged; listing and reading them');
  const sets = await keepBackups(api, join(dataDirectory, 'demo'), people.operations);
  say('Services, policy, incidents, alert rules');
  const services = await enterServices(api, people, sets);
  await agreePolicy(api, services);
  await reportIncidents(api, people, services);
  await pushSignals(api, services);
  say('Drills');
  await awaitSamples(dataDirectory);
  await rehearse(api, people, dataDirectory, say);
  say('Alerts: waiting for the pass of the minute');
  say(`  ${await awaitAlerts(api)} open, one of them acknowledged`);
  await startDrill(api, 'file-tree');
  await revoke(admin, token.id);
}

async function revoke(admin: Api, id: string): Promise<void> {
  await admin.DELETE('/tokens/{id}', { params: { path: { id } } });
}
