import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Section } from '../parts/section.tsx';
import type { PointCheck } from './backup-api.ts';
import { RunProgress } from './run-progress.tsx';

/** Checks under way, each with how far it is; nothing when none is. */
export function RunningList({ checks }: { readonly checks: readonly PointCheck[] }) {
  const { t } = useTranslation('backups');
  if (checks.length === 0) return null;
  return (
    <Section title={t('run.underWay')}>
      <ul className="running-checks">
        {checks.map(({ id, pointId, pointName, progress }) => (
          <li key={id}>
            <Link to="/backups/points/$id" params={{ id: pointId }} className="code">
              {pointName}
            </Link>
            <RunProgress progress={progress} label={t('run.progressOf', { name: pointName })} />
          </li>
        ))}
      </ul>
    </Section>
  );
}
