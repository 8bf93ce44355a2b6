import { viewOfAllocation } from '../allocations/allocation.views.ts';
import { deploy } from '../allocations/deploy.service.ts';
import { deployRequest } from '../allocations/deploy.ts';
import { AppError } from '../kernel/errors.ts';
import { allocationLines } from './checkout-lines.ts';
import { type CommandContext, EXIT } from './command.ts';
import { commandCaller } from './command-caller.ts';
import { partNamed, serviceNamed } from './named.ts';
import { outByCode } from './spare-out.ts';
import { withRuntime } from './with-runtime.ts';

/** As commander hands them over. */
export interface DeployOptions {
  readonly part?: string;
  readonly quantity?: number;
  readonly service?: string;
  readonly failed?: string;
  readonly failedPart?: string;
  readonly vendor?: string;
  readonly vendorCase?: string;
  readonly fault?: string;
  readonly replenish: boolean;
  readonly note?: string;
}

/** The swap of the night: what was handed out goes into service, what failed goes to repair, new ones are asked for. */
export async function deploySpare(context: CommandContext, code: string, options: DeployOptions): Promise<number> {
  const { failed, failedPart, vendor, vendorCase, fault, quantity, replenish, note } = options;
  if (failed === undefined && [failedPart, vendor, vendorCase, fault].some((value) => value !== undefined)) {
    throw new AppError('usage', 'bad-options', '--failed-part, --vendor, --vendor-case and --fault belong to --failed');
  }
  const done = await withRuntime(context, { writes: true }, async ({ db }) => {
    const { allocation, lines } = await outByCode(db, code, options.part);
    const [line, ...others] = lines;
    if (!line || others.length > 0) throw severalOut(allocation.code, lines.length);
    const parsed = deployRequest.safeParse({
      lineId: line.id,
      quantity,
      serviceId: options.service === undefined ? undefined : (await serviceNamed(db, options.service)).id,
      failed:
        failed === undefined
          ? undefined
          : {
              unit: failed,
              partId: failedPart === undefined ? undefined : (await partNamed(db, failedPart)).id,
              vendor,
              vendorCase,
              fault,
            },
      replenish,
      note,
    });
    if (!parsed.success) throw new AppError('usage', 'bad-options', parsed.error.issues[0]?.message ?? 'wrong options');
    const target = { id: allocation.id, form: 'checkout' } as const;
    return db.transaction((tx) => deploy(tx, commandCaller(), target, parsed.data));
  });
  const { allocation, deployment } = done;
  context.output.answer({ ...viewOfAllocation(allocation), deployment }, () => [
    ...allocationLines(allocation),
    ...(deployment.failed
      ? [
          `${failed} is in repair${deployment.failed.isNew ? ', new in the register' : ''}: ${deployment.failed.repairId}`,
        ]
      : []),
    ...(deployment.replenishmentId ? [`Replenishment ${deployment.replenishmentId} asks for new ones`] : []),
  ]);
  return EXIT.ok;
}

function severalOut(code: string, count: number): AppError {
  return new AppError('usage', 'several-out', `${count} lines of ${code} are out: name the unit, or --part`);
}
