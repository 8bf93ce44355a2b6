import type { Permission } from './session.ts';

/** The main areas in the order of the menu. Whoever may not read an area does not see it. */
export const NAVIGATION = [
  { to: '/', text: 'nav.home', permission: 'service.read' },
  { to: '/services', text: 'nav.services', permission: 'service.read' },
  { to: '/spares', text: 'nav.spares', permission: 'inventory.read' },
  { to: '/storeroom', text: 'nav.storeroom', permission: 'stocktake.read' },
  { to: '/licences', text: 'nav.licences', permission: 'licence.read' },
  { to: '/backups', text: 'nav.backups', permission: 'backup.read' },
  { to: '/drills', text: 'nav.drills', permission: 'drill.read' },
  { to: '/incidents', text: 'nav.incidents', permission: 'incident.read' },
  { to: '/alerts', text: 'nav.alerts', permission: 'alert.read' },
  { to: '/audit', text: 'nav.audit', permission: 'audit.read' },
  { to: '/people', text: 'nav.people', permission: 'people.read' },
  { to: '/settings', text: 'nav.settings', permission: 'system.read' },
] as const satisfies readonly { to: string; text: string; permission: Permission }[];
