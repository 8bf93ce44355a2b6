import type { Permission } from '../auth/permissions.ts';
import { AppError } from '../kernel/errors.ts';
import type { AllocationWish } from './checkout-request.ts';
import type { Rights } from './pick-taking.ts';

/**
 * What a wish may do to the emergency reserve. An incident of severity emergency may take from it when the wish asks for
 * it with a reason and the caller has `reserve.cross`. A drill is judged as the severity that it rehearses, but may only
 * keep pieces of the reserve: others may take them from it at any time.
 * @throws AppError `forbidden` `reserve-cross-needed`; `unprocessable` `reserve-not-for-this`.
 */
export function rightsOf(wish: AllocationWish, permissions: ReadonlySet<Permission>): Rights {
  const { purpose, severity, reserve, form } = wish;
  const isIssue = form === 'checkout';
  if (reserve !== undefined) {
    if (purpose !== 'incident' || severity !== 'emergency') throw notForThis(purpose, severity);
    if (!permissions.has('reserve.cross')) throw crossNeeded();
    return { mayTakeReserve: true, isIssue };
  }
  return { mayTakeReserve: purpose === 'drill' && severity === 'emergency' && !isIssue, isIssue };
}

function notForThis(purpose: string, severity: string | undefined): AppError {
  const said = severity === undefined ? `a ${purpose}` : `a ${purpose} of severity ${severity}`;
  return new AppError(
    'unprocessable',
    'reserve-not-for-this',
    `Only an incident of severity emergency takes from the emergency reserve: this is ${said}`,
    { fields: [{ field: '#/reserve', message: 'is for an incident of severity emergency; leave it out otherwise' }] },
  );
}

function crossNeeded(): AppError {
  return new AppError(
    'forbidden',
    'reserve-cross-needed',
    'Taking from the emergency reserve needs the permission reserve.cross: ask somebody who has it',
    { fields: [{ field: '#/reserve', message: 'needs the permission reserve.cross' }] },
  );
}
