import { getRouteApi } from '@tanstack/react-router';
import { Input, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api, API_ROOT } from '../api/client.ts';
import { stated } from '../app/search.ts';
import { ChoiceField, Field } from '../parts/filters.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { Section } from '../parts/section.tsx';
import { AttainmentRows } from './attainment-rows.tsx';
import { AttainmentTotal } from './attainment-total.tsx';
import { CLOCK_KINDS, DIMENSIONS, SEVERITIES } from './incident-data.ts';
import { IncidentsAreaPage } from './incidents-page.tsx';
import { NamedFilter } from './named-picker.tsx';
import { StageAttainment } from './stage-attainment.tsx';
import './incidents.css';

const route = getRouteApi('/incidents/attainment');

/** How many promises were kept in a period, told apart by what one likes, with measured times and causes. */
export function AttainmentPage() {
  const { t } = useTranslation('incidents');
  const query = useAttainmentQuery();
  const attainment = $api.useQuery('get', '/sla-attainment', { params: { query } });
  const csv = `${API_ROOT}/sla-attainment.csv?${new URLSearchParams(query)}`;
  return (
    <IncidentsAreaPage title={t('attainment.title')} actions={<a href={csv}>{t('attainment.download')}</a>}>
      <AttainmentFilters />
      <p className="sub">{t('attainment.zone', { zone: query.zone })}</p>
      <Loaded query={attainment}>
        {(read) =>
          read.total.clocks === 0 ? (
            <NothingHere text={t('attainment.none')} />
          ) : (
            <>
              <Section title={t('attainment.total')}>
                <AttainmentTotal total={read.total} />
              </Section>
              {read.rows.length > 0 ? (
                <Section title={t('attainment.rows')}>
                  <AttainmentRows attainment={read} />
                </Section>
              ) : null}
            </>
          )
        }
      </Loaded>
      <Section title={t('attainment.stages')}>
        <StageAttainment period={query} />
      </Section>
    </IncidentsAreaPage>
  );
}

/** The year so far, where the address names no period. Days and months are those of the reader. */
function useAttainmentQuery() {
  const { from, until, by, severity, kind, service, team } = route.useSearch();
  const now = new Date();
  return {
    from: from ?? `${now.getFullYear()}-01-01`,
    until: until ?? `${now.getFullYear() + 1}-01-01`,
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    by: by ?? 'severity,kind',
    ...stated({ severity, kind, serviceId: service, teamId: team }),
  };
}

function AttainmentFilters() {
  const { t } = useTranslation('incidents');
  const search = route.useSearch();
  const { from, until, by } = useAttainmentQuery();
  const navigate = route.useNavigate();
  const go = (changes: typeof search) => void navigate({ search: { ...search, ...changes } });
  const day = (name: 'from' | 'until', value: string) => (
    <Field label={t(`attainment.${name}`)}>
      {(id) => (
        <Input
          id={id}
          type="date"
          value={value}
          onChange={({ target }) => target.value !== '' && go({ [name]: target.value })}
        />
      )}
    </Field>
  );
  return (
    <search className="filters">
      {day('from', from)}
      {day('until', until)}
      <Field label={t('attainment.by')}>
        {(id) => (
          <Select<string[]>
            id={id}
            mode="multiple"
            value={by.split(',')}
            options={DIMENSIONS.map((value) => ({ value, label: t(`dimension.${value}`) }))}
            onChange={(chosen) => chosen.length > 0 && go({ by: chosen.join(',') })}
          />
        )}
      </Field>
      <ChoiceField
        label={t('field.severity')}
        all={t('all')}
        value={search.severity}
        options={SEVERITIES.map((value) => ({ value, label: t(`severity.${value}`) }))}
        onChoose={(severity) => go({ severity })}
      />
      <ChoiceField
        label={t('attainment.clock')}
        all={t('all')}
        value={search.kind}
        options={CLOCK_KINDS.map((value) => ({ value, label: t(`clock.${value}`) }))}
        onChoose={(kind) => go({ kind })}
      />
      <NamedFilter
        label={t('field.service')}
        all={t('all')}
        kinds={['service']}
        value={search.service}
        onChoose={(service) => go({ service })}
      />
      <NamedFilter
        label={t('field.team')}
        all={t('all')}
        kinds={['team']}
        value={search.team}
        onChoose={(team) => go({ team })}
      />
    </search>
  );
}
