import { AppError } from '../kernel/errors.ts';
import type { WishFacts } from './allocate.queries.ts';
import type { AllocationWish } from './checkout-request.ts';

/**
 * The holder is an active person or team, a service in use or a project in use; the service that it is for is in use.
 * @throws AppError `unprocessable` `unsuitable-holder`, `unsuitable-service`.
 */
export function requireParties(wish: AllocationWish, { holder, service }: WishFacts): void {
  const { kind, id } = wish.holder;
  const wrong = (message: string) => unsuitable('holder', '#/holder', message);
  if (!holder) throw wrong(`there is no ${kind} ${id}`);
  if (holder.kind === 'service-account')
    throw wrong(`${holder.name} is a service account: name a person, team, service or project`);
  if (holder.kind !== kind) throw wrong(`${holder.name} is a ${holder.kind}, not a ${kind}`);
  if (!holder.isActive)
    throw wrong(`${holder.name} is ${kind === 'person' || kind === 'team' ? 'disabled' : 'retired'}`);
  if (wish.serviceId === undefined) return;
  if (!service) throw unsuitable('service', '#/serviceId', `there is no service ${wish.serviceId}`);
  if (!service.isActive) throw unsuitable('service', '#/serviceId', `${service.name} is retired`);
}

function unsuitable(what: 'holder' | 'service', field: string, message: string): AppError {
  return new AppError('unprocessable', `unsuitable-${what}`, `The ${what} does not do: ${message}`, {
    fields: [{ field, message }],
  });
}
