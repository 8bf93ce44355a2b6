import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useMe } from '../app/session.ts';
import { ChoiceField, SearchField } from '../parts/filters.tsx';
import { SEVERITIES } from './incident-data.ts';
import type { IncidentSearch } from './incident-search.ts';
import { NamedFilter } from './named-picker.tsx';

const route = getRouteApi('/incidents');

/** What the board, or the table, is narrowed by. The table has an index for a service or a team, and a number, and no more. */
export function IncidentFilters() {
  const { t } = useTranslation('incidents');
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const isPerson = useMe().data?.kind === 'person';
  const { view, severity, service, team, state, mine, q } = search;
  const isTable = view === 'table';
  const go = (changes: IncidentSearch) => void navigate({ search: { ...search, after: undefined, ...changes } });
  return (
    <search className="filters">
      <SearchField
        label={isTable ? t('filter.number') : t('filter.text')}
        placeholder={isTable ? t('filter.numberHint') : t('filter.textHint')}
        value={q}
        onSearch={(text) => (isTable ? void navigate({ search: { view, q: text } }) : go({ q: text }))}
      />
      <ChoiceField
        label={t('field.severity')}
        all={t('all')}
        value={severity}
        options={SEVERITIES.map((value) => ({ value, label: t(`severity.${value}`) }))}
        onChoose={(chosen) => go({ severity: chosen, ...(isTable && { q: undefined }) })}
      />
      <NamedFilter
        label={t('field.service')}
        all={t('all')}
        kinds={['service']}
        value={service}
        onChoose={(id) => go({ service: id, ...(isTable && { q: undefined, team: undefined }) })}
      />
      <NamedFilter
        label={t('field.team')}
        all={t('all')}
        kinds={['team']}
        value={team}
        onChoose={(id) => go({ team: id, ...(isTable && { q: undefined, service: undefined }) })}
      />
      {isTable ? (
        <ChoiceField
          label={t('filter.state')}
          all={t('all')}
          value={state}
          options={(['open', 'closed'] as const).map((value) => ({ value, label: t(`filter.${value}`) }))}
          onChoose={(chosen) => go({ state: chosen, q: undefined })}
        />
      ) : isPerson ? (
        <ChoiceField
          label={t('filter.whose')}
          all={t('filter.everybodys')}
          value={mine}
          options={[{ value: 'yes' as const, label: t('filter.mine') }]}
          onChoose={(chosen) => go({ mine: chosen })}
        />
      ) : null}
    </search>
  );
}
