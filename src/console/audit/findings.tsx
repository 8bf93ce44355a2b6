import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Mark } from '../parts/mark.tsx';
import { ThingLink } from '../parts/thing-link.tsx';

interface Finding {
  readonly kind: string;
  readonly message: string;
  readonly entryId?: string;
  readonly runId?: string;
}

interface FindingsProps {
  readonly findings: readonly Finding[];
  readonly omitted: number;
}

/** Everything that a check found, in the server's words, with the way to what it names. */
export function Findings({ findings, omitted }: FindingsProps) {
  const { t } = useTranslation('audit');
  if (findings.length === 0) return null;
  return (
    <ul className="audit-list">
      {findings.map(({ kind, message, entryId, runId }) => (
        <li key={`${kind} ${message}`}>
          <Mark tone="bad">{kind}</Mark> {message}{' '}
          {entryId ? (
            <Link to="/audit/entries/$id" params={{ id: entryId }}>
              {t('entry', { id: entryId })}
            </Link>
          ) : null}
          {runId ? (
            <ThingLink kind="drill-run" id={runId}>
              {t('seals.run')}
            </ThingLink>
          ) : null}
        </li>
      ))}
      {omitted > 0 ? <li>{t('seals.omitted', { count: omitted })}</li> : null}
    </ul>
  );
}
