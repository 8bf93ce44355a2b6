import { receiveIncident } from '../incidents/incident.service.ts';
import { newIncidentSchema } from '../incidents/incident.ts';
import { incidentReply } from '../incidents/incident-reply.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { type CommandContext, EXIT } from './command.ts';
import { incidentLines } from './incident-list.ts';
import { serviceNamed } from './named.ts';
import { principalNamed } from './principals.ts';
import { withRuntime } from './with-runtime.ts';

/** As commander hands them over. */
export interface IncidentOpenOptions {
  readonly reporter: string;
  readonly by: string;
  readonly kind: string;
  readonly severity?: string;
  readonly service?: string;
  readonly symptom?: string;
}

/** Takes down what was reported. */
export async function openIncident(
  context: CommandContext,
  title: string,
  options: IncidentOpenOptions,
): Promise<number> {
  const { reporter: reporterContact, by, kind, severity, service, symptom } = options;
  const opened = await withRuntime(context, { writes: true }, async ({ db }) => {
    const serviceId = service === undefined ? undefined : (await serviceNamed(db, service)).id;
    const wanted = newIncidentSchema.safeParse({ title, reporterContact, kind, severity, serviceId, symptom });
    if (!wanted.success) {
      const [issue] = wanted.error.issues;
      throw new AppError('usage', 'bad-options', `${issue?.path.join('.')}: ${issue?.message}`);
    }
    const caller = { principal: await principalNamed(db, by), requestId: newId() };
    if (!caller.principal.permissions.has('incident.operate')) {
      throw new AppError('forbidden', 'permission-missing', `${caller.principal.name} may not work on incidents`);
    }
    const id = await db.transaction((tx) => receiveIncident(tx, caller, wanted.data));
    return (await incidentReply(db, id)).body;
  });
  context.output.answer(opened, incidentLines);
  return EXIT.ok;
}
