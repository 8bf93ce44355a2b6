import { receiveIncident } from '../incidents/incident.service.ts';
import { newIncidentSchema } from '../incidents/incident.ts';
import { incidentReply } from '../incidents/incident-reply.ts';
import { optionsAs } from './arguments.ts';
import { type CommandContext, EXIT } from './command.ts';
import { permittedCaller } from './command-caller.ts';
import { incidentLines } from './incident-list.ts';
import { serviceNamed } from './named.ts';
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
    const stated = { title, reporterContact, kind, severity, serviceId, symptom };
    const wanted = optionsAs(newIncidentSchema, stated);
    const caller = await permittedCaller(db, by, 'incident.operate', 'work on incidents');
    const id = await db.transaction((tx) => receiveIncident(tx, caller, wanted));
    return (await incidentReply(db, id)).body;
  });
  context.output.answer(opened, incidentLines);
  return EXIT.ok;
}
