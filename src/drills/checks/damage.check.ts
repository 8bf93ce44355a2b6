import type { CheckOf } from '../definition-checks.ts';
import type { Recovery } from '../recovery.ts';
import type { DrillCheck } from '../run.ts';

/** Whether what the verification found is the damage that is known to be there. */
export async function checkDamage(
  { damage = [], selected }: Recovery,
  { kinds }: CheckOf<'damage'>,
): Promise<DrillCheck[]> {
  const found = kinds === undefined ? damage : damage.filter(({ kind }) => kinds.includes(kind));
  const [first] = found.length > 0 ? found : damage;
  return [
    {
      kind: 'damage',
      subject: `damage in ${selected?.point.name ?? 'the recovery point'}`,
      expected: kinds === undefined ? 'found' : `found, of the kind ${kinds.join(' or ')}`,
      actual: first === undefined ? 'nothing was found' : `${first.kind}: ${first.message}`,
      result: found.length > 0 ? 'passed' : 'failed',
    },
  ];
}
