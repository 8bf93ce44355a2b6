import type { Queryable } from '../../database/database.ts';
import { instantOf } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import type { AlertRoute, NamedRung } from './alert-route.ts';
import type { DutyRole, NamedRole } from './duty-role.ts';
import type { Rung } from './ladder.ts';

interface RouteRow extends Omit<AlertRoute, 'rungs' | 'updatedAt'> {
  readonly rungs: readonly Rung[];
  readonly updatedAt: Date;
}

/** The route of every level, by level. */
export async function routesOfLevels(db: Queryable): Promise<AlertRoute[]> {
  const rows = await db.rows<RouteRow>(
    `SELECT r.level, n.names[r.level] AS "levelName", r.rungs, r.version, r.updated_at AS "updatedAt"
     FROM alert_route r CROSS JOIN alert_levels n ORDER BY r.level`,
  );
  const nameOf = await namesOfRoles(
    db,
    rows.flatMap(({ rungs }) => rungs.flatMap(({ roles }) => roles)),
  );
  return rows.map((row) => ({
    ...row,
    updatedAt: instantOf(row.updatedAt),
    rungs: row.rungs.map((rung): NamedRung => ({ ...rung, roles: rung.roles.map(nameOf) })),
  }));
}

/** The route of a level. @throws AppError `not-found` `no-such-alert-route`. */
export async function alertRouteOf(db: Queryable, level: number): Promise<AlertRoute> {
  const found = (await routesOfLevels(db)).find((route) => route.level === level);
  if (!found) throw new AppError('not-found', 'no-such-alert-route', `There is no level ${level}`);
  return found;
}

async function namesOfRoles(db: Queryable, roles: readonly DutyRole[]): Promise<(role: DutyRole) => NamedRole> {
  const rows = await db.rows<{ id: string; name: string }>(
    `SELECT id, name FROM skill_field WHERE id = ANY ($1::uuid[])
     UNION ALL SELECT id, name FROM principal WHERE id = ANY ($2::uuid[])`,
    [
      roles.flatMap((role) => (role.kind === 'expert' && role.fieldId !== null ? [role.fieldId] : [])),
      roles.flatMap((role) => (role.kind === 'named' ? [role.principalId] : [])),
    ],
  );
  const names = new Map(rows.map(({ id, name }) => [id, name]));
  const named = (id: string) => ({ id, name: names.get(id) ?? id });
  return (role) => {
    if (role.kind === 'expert') return { kind: role.kind, field: role.fieldId === null ? null : named(role.fieldId) };
    return role.kind === 'named' ? { kind: role.kind, principal: named(role.principalId) } : role;
  };
}
