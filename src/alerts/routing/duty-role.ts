import { z } from 'zod';

const id = z.uuid().toLowerCase();

/**
 * Who has to act, said by what they are rather than by name: who that is at a moment, rotas, functions and skills say. One
 * schema for the steps of response plans and for the rungs of escalation ladders.
 */
export const dutyRoleSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('on-duty') }).describe('Who is on call for the service'),
    z.strictObject({ kind: z.literal('supervisor') }).describe('Supervisors of the team that owns the service'),
    z
      .strictObject({
        kind: z.literal('expert'),
        fieldId: id
          .nullable()
          .default(null)
          .describe('The field of skills; null: each field that the service says its recovery needs'),
      })
      .describe('Everybody whose skill in the field counts'),
    z
      .strictObject({ kind: z.literal('named'), principalId: id.describe('The id of a person or a team') })
      .describe('One person or team, whatever the rotas say'),
  ])
  .describe('Who has to act');

export type DutyRole = z.output<typeof dutyRoleSchema>;

/** A role with the names that people know it by. */
export type NamedRole =
  | { readonly kind: 'on-duty' }
  | { readonly kind: 'supervisor' }
  | { readonly kind: 'expert'; readonly field: { readonly id: string; readonly name: string } | null }
  | { readonly kind: 'named'; readonly principal: { readonly id: string; readonly name: string } };

/** What makes two roles the same. */
export function roleKey(role: NamedRole): string {
  if (role.kind === 'expert') return `expert ${role.field?.id ?? ''}`;
  return role.kind === 'named' ? `named ${role.principal.id}` : role.kind;
}

/** A role in words: `the supervisor`, `an expert in database`. */
export function roleInWords(role: NamedRole): string {
  switch (role.kind) {
    case 'on-duty':
      return 'who is on call';
    case 'supervisor':
      return 'the supervisor';
    case 'expert':
      return role.field === null ? 'an expert in what the service needs' : `an expert in ${role.field.name}`;
    case 'named':
      return role.principal.name;
  }
}

/** Somebody who fills a role at a moment, and why. */
export interface DutyHolder {
  readonly id: string;
  readonly kind: 'person' | 'team';
  readonly name: string;
  readonly because: string;
}

/** Who fills a role at a moment; nobody, or fewer than there should be, with the reasons in words. */
export interface DutyHolders {
  readonly holders: readonly DutyHolder[];
  /** Rotas without anybody, skills that have run out, persons who are disabled. */
  readonly missing: readonly string[];
}
