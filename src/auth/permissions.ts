/** Every permission there is. A route names exactly one; a role is a set of them. */
export const PERMISSIONS = [
  'alert.operate',
  'alert.read',
  'alert.write',
  'allocation.operate',
  'allocation.read',
  'audit.read',
  'backup.operate',
  'backup.read',
  'backup.write',
  'drill.operate',
  'drill.read',
  'import.operate',
  'incident.operate',
  'incident.read',
  'incident.write',
  'inventory.read',
  'inventory.write',
  'key.export',
  'licence.read',
  'licence.reveal',
  'licence.write',
  'notice.own',
  'people.operate',
  'people.read',
  'people.write',
  'reserve.cross',
  'schedule.operate',
  'schedule.read',
  'service.read',
  'service.write',
  'signal.push',
  'sla.operate',
  'sla.read',
  'sla.write',
  'stocktake.count',
  'stocktake.operate',
  'stocktake.post',
  'stocktake.read',
  'system.read',
  'token.manage',
  'token.own',
] as const;

export type Permission = (typeof PERMISSIONS)[number];

/** Every role there is; a principal may have several, or none. */
export const ROLES = ['viewer', 'asset-manager', 'operator', 'auditor', 'admin', 'counter', 'reporter'] as const;

export type Role = (typeof ROLES)[number];

const VIEWER: readonly Permission[] = [
  'alert.read',
  'allocation.read',
  'backup.read',
  'drill.read',
  'incident.read',
  'inventory.read',
  'licence.read',
  'notice.own',
  'people.read',
  'schedule.read',
  'service.read',
  'sla.read',
  'stocktake.read',
  'system.read',
  'token.own',
];

/** What each role may do. Nobody gains a permission in any other way. */
const ROLE_PERMISSIONS: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  viewer: new Set(VIEWER),
  'asset-manager': new Set([
    ...VIEWER,
    'allocation.operate',
    'import.operate',
    'inventory.write',
    'licence.reveal',
    'licence.write',
    'service.write',
    'stocktake.count',
    'stocktake.operate',
    'stocktake.post',
  ]),
  // Whoever is woken at night takes what the emergency needs, the reserve and a licence key included.
  operator: new Set([
    ...VIEWER,
    'alert.operate',
    'allocation.operate',
    'backup.operate',
    'backup.write',
    'drill.operate',
    'incident.operate',
    'licence.reveal',
    'people.operate',
    'reserve.cross',
    'schedule.operate',
    'signal.push',
    'sla.operate',
    'stocktake.count',
  ]),
  auditor: new Set([...VIEWER, 'audit.read']),
  admin: new Set(PERMISSIONS),
  // Whoever counts blindly cannot look the figures up: it reads nothing of the register.
  counter: new Set(['notice.own', 'stocktake.count', 'stocktake.read', 'token.own']),
  // A monitoring system that says what it sees, and asks nothing.
  reporter: new Set(['notice.own', 'signal.push', 'token.own']),
};

/** The union of what the roles may do. */
export function permissionsOf(roles: readonly Role[]): ReadonlySet<Permission> {
  return new Set(roles.flatMap((role) => [...ROLE_PERMISSIONS[role]]));
}
