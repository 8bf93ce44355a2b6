import { useNavigate } from '@tanstack/react-router';
import { Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { usePreferences } from '../app/preferences.ts';
import { stated } from '../app/search.ts';
import { Field } from '../parts/filters.tsx';
import { formatMoment, formatSeconds } from '../parts/format.ts';
import { Loaded } from '../parts/loaded.tsx';
import { Section } from '../parts/section.tsx';
import type { Plan, PlanEdition } from './response-data.ts';

interface PlanEditionsProps {
  readonly plan: Plan;
  /** The edition that the one in force is held against; the one before it when none is named. */
  readonly compared: string | undefined;
}

/** What the edition in force says otherwise than an earlier one. */
export function PlanEditions({ plan, compared }: PlanEditionsProps) {
  const { t } = useTranslation('response');
  const { language } = usePreferences();
  const navigate = useNavigate({ from: '/alerts/plans/$id' });
  const query = $api.useQuery('get', '/response-plans/{id}/editions', {
    params: { path: { id: plan.id }, query: { limit: 100 } },
  });
  return (
    <Section title={t('editions.title')}>
      <Loaded query={query}>
        {({ items: [newest, ...earlier] }) => {
          const other = earlier.find(({ edition }) => String(edition) === compared) ?? earlier[0];
          if (!newest || !other) return <p>{t('editions.first')}</p>;
          return (
            <>
              <Field label={t('editions.compare')}>
                {(id) => (
                  <Select
                    id={id}
                    value={String(other.edition)}
                    popupMatchSelectWidth={false}
                    options={earlier.map(({ edition, createdAt }) => ({
                      value: String(edition),
                      label: t('editions.one', { edition, at: formatMoment(createdAt, language) }),
                    }))}
                    onChange={(next) => void navigate({ search: stated({ compared: next }) })}
                  />
                )}
              </Field>
              <Changes before={other} after={newest} />
            </>
          );
        }}
      </Loaded>
    </Section>
  );
}

function Changes({ before, after }: { readonly before: PlanEdition; readonly after: PlanEdition }) {
  const { t } = useTranslation('response');
  const linesOf = useLines();
  const [old, now] = [linesOf(before), linesOf(after)];
  const gone = old.filter((line) => !now.includes(line));
  const come = now.filter((line) => !old.includes(line));
  if (gone.length + come.length === 0) return <p>{t('editions.same')}</p>;
  return (
    <ul className="response-list">
      {gone.map((line) => (
        <li key={line}>
          <del>
            − {t('editions.gone')}: {line}
          </del>
        </li>
      ))}
      {come.map((line) => (
        <li key={line}>
          <ins>
            + {t('editions.come')}: {line}
          </ins>
        </li>
      ))}
    </ul>
  );
}

/** All that an edition says, line by line. */
function useLines(): (edition: PlanEdition) => string[] {
  const { t } = useTranslation('response');
  const { language } = usePreferences();
  const roleOf = ({ role }: PlanEdition['steps'][number]): string => {
    if (role.kind === 'named') return role.principal.name;
    const field = role.kind === 'expert' && role.field ? ` (${role.field.name})` : '';
    return `${t(`role.${role.kind}`)}${field}`;
  };
  return ({ name, note, steps, spares, seats, backups }) => [
    `${t('plan.name')}: ${name}`,
    ...(note ? [`${t('plan.note')}: ${note}`] : []),
    ...steps.map(
      (step, at) => `${at + 1}. ${step.text} · ${roleOf(step)} · ${formatSeconds(step.limitSeconds, language)}`,
    ),
    ...spares.map((spare) => `${spare.quantity} × ${spare.name}`),
    ...seats.map((seat) => `${seat.quantity} × ${seat.name}`),
    ...backups.map(
      (set) => `${set.name}: ${t('plan.younger', { age: formatSeconds(set.youngerThanSeconds, language) })}`,
    ),
  ];
}
