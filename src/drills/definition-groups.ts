import { z } from 'zod';
import { nearestOf } from '../kernel/nearest.ts';
import { lineText } from '../kernel/text.ts';
import { appliesTo, isFor, OCCASIONS } from './definition-applies.ts';
import { complain } from './definition-problem.ts';
import { onError } from './definition-retry.ts';

const GROUPS_MAX = 20;

/** Steps that belong together, for whoever reads the report. */
export const groupsSchema = z
  .record(
    z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be lower-case letters, digits and hyphens, 63 at most'),
    z.strictObject({
      title: lineText(200).describe('What the report calls it'),
      onError: onError.describe('Of those of its steps that can be passed over, and do not say it themselves'),
      appliesTo: appliesTo.describe('Of all its steps that do not say it themselves; not of fetch, verify and extract'),
    }),
  )
  .refine((groups) => Object.keys(groups).length <= GROUPS_MAX, `must be ${GROUPS_MAX} at most`)
  .describe('Groups of steps, by the name that their steps have in group; the report shows how long each took');

type StepGroups = z.infer<typeof groupsSchema>;

/** The group of a step. */
export const group = z.string().min(1).max(63).optional().describe('The group that the step is in, one of groups');

interface Grouped {
  readonly step: string;
  readonly group?: string | undefined;
}

interface InGroups {
  readonly groups?: StepGroups | undefined;
  readonly steps: readonly Grouped[];
}

/** Steps that are carried out on every occasion: without them nothing is restored. */
const ALWAYS: ReadonlySet<string> = new Set(['fetch', 'verify', 'extract']);

/** Steps that can be passed over when they fail. */
const PASSED_OVER: ReadonlySet<string> = new Set(['postgres', 'sqlite', 'run', 'serve', 'http']);

/** Refuses a group that nobody declares, that no step is in, or whose steps do not stand together. */
export function refuseGroups({ groups = {}, steps }: InGroups, context: z.RefinementCtx): void {
  steps.forEach((_step, index) => {
    const message = misplaced(groups, steps, index);
    if (message !== undefined) complain(context, ['steps', index, 'group'], message);
  });
  for (const [name, { onError: onErrorOfAll }] of Object.entries(groups)) {
    const members = steps.filter((step) => step.group === name);
    if (members.length === 0) complain(context, ['groups', name], `no step is in the group ${name}`);
    else if (onErrorOfAll === 'continue' && !members.some(({ step }) => PASSED_OVER.has(step))) {
      complain(context, ['groups', name, 'onError'], `no step of the group ${name} can be passed over`);
    }
  }
}

/** Why a step cannot be in its group. */
function misplaced(groups: StepGroups, steps: readonly Grouped[], index: number): string | undefined {
  const { step, group: name } = steps[index] ?? { step: '' };
  if (name === undefined) return undefined;
  const said = Object.hasOwn(groups, name) ? groups[name] : undefined;
  if (said === undefined) {
    const known = Object.keys(groups);
    const nearest = nearestOf(name, known);
    const listed = known.length === 0 ? 'groups declares none' : `groups declares ${known.join(', ')}`;
    return `no group is called ${name}: ${nearest ? `did you mean ${nearest}?` : listed}`;
  }
  if (steps[index - 1]?.group !== name && steps.slice(0, index).some((earlier) => earlier.group === name)) {
    return `the steps of the group ${name} do not stand together`;
  }
  if (!ALWAYS.has(step) || OCCASIONS.every((occasion) => isFor(said, occasion))) return undefined;
  return `${step} is carried out on every occasion: take it out of the group ${name}`;
}

/** The steps with what their groups say of all of them. */
export function withGroups<Definition extends InGroups>(definition: Definition): Definition {
  const { groups = {}, steps } = definition;
  return { ...definition, steps: steps.map((step) => ({ ...saidOf(step, groups), ...step })) };
}

function saidOf({ step, group: name }: Grouped, groups: StepGroups): object {
  const said = name === undefined ? undefined : groups[name];
  if (said === undefined) return {};
  return {
    ...(said.onError !== undefined && PASSED_OVER.has(step) && { onError: said.onError }),
    ...(said.appliesTo !== undefined && !ALWAYS.has(step) && { appliesTo: said.appliesTo }),
  };
}
