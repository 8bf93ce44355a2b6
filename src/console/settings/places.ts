import type { Permission } from '../app/session.ts';

/** The places of the settings, with what each takes to be read. */
export const PLACES = [
  { to: '/settings/sla-policy', text: 'nav.policy', help: 'help.policy', permission: 'sla.read' },
  { to: '/settings/schedules', text: 'nav.schedules', help: 'help.schedules', permission: 'schedule.read' },
] as const satisfies readonly { to: string; text: string; help: string; permission: Permission }[];
