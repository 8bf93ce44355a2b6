import { Table } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { Facts } from '../parts/facts.tsx';
import { Moment } from '../parts/moment.tsx';
import { Section } from '../parts/section.tsx';
import { ThingLink } from '../parts/thing-link.tsx';
import { useReachableTable } from '../parts/use-reachable-table.ts';
import { type Figure, type Policy, SECONDS_TARGETS, SEVERITIES } from './policy-data.ts';
import { PolicyFigure } from './policy-figure.tsx';

/** All that a version of the policy says. */
export function PolicyTables({ policy }: { readonly policy: Policy }) {
  const { t } = useTranslation('settings');
  const { targets, services, confirmedBy, approvedBy, createdAt, note } = policy;
  const rows = SEVERITIES.map((severity) => ({ key: severity, severity, figures: targets[severity], service: null }));
  const own = services.map((figures) => {
    const { severity, serviceId: service } = figures;
    return { key: `${service} ${severity}`, severity, figures, service };
  });
  return (
    <>
      <Section title={t('policy.targets')}>
        <TargetTable rows={rows} label={t('policy.targets')} />
        <Facts
          facts={[
            [t('policy.standsFor'), confirmedBy?.name],
            [t('policy.approvedBy'), approvedBy?.name],
            [t('policy.since'), <Moment key="since" at={createdAt} />],
            [t('policy.note'), note || null],
          ]}
        />
      </Section>
      {own.length > 0 ? (
        <Section title={t('policy.services')}>
          <TargetTable rows={own} label={t('policy.services')} />
        </Section>
      ) : null}
    </>
  );
}

interface TargetRow {
  readonly key: string;
  readonly severity: (typeof SEVERITIES)[number];
  /** Null: of all services that have no targets of their own. */
  readonly service: string | null;
  readonly figures: Partial<Record<(typeof SECONDS_TARGETS)[number], number>> & {
    readonly terms?: Readonly<Record<string, Figure | undefined>>;
  };
}

interface TargetTableProps {
  readonly rows: readonly TargetRow[];
  readonly label: string;
}

function TargetTable({ rows, label }: TargetTableProps) {
  const { t } = useTranslation('settings');
  const around = useReachableTable();
  const isOfServices = rows.some(({ service }) => service !== null);
  return (
    <section aria-label={label} ref={around} className="settings-table">
      <Table<TargetRow>
        size="middle"
        pagination={false}
        scroll={{ x: 'max-content' }}
        dataSource={rows}
        columns={[
          ...(isOfServices
            ? [
                {
                  title: t('policy.service'),
                  key: 'service',
                  render: (_: unknown, { service }: TargetRow) => service && <ServiceName id={service} />,
                },
              ]
            : []),
          { title: t('policy.severity'), key: 'severity', render: (_, row) => t(`policy.severityOf.${row.severity}`) },
          ...SECONDS_TARGETS.map((target) => ({
            title: t(`policy.targetOf.${target}`),
            key: target,
            render: (_: unknown, { figures, service }: TargetRow) =>
              service !== null && figures[target] === undefined ? (
                <span className="sub">{t('policy.asSeverity')}</span>
              ) : (
                <PolicyFigure figure={figures[target]} />
              ),
          })),
          ...(rows.some(({ figures }) => Object.keys(figures.terms ?? {}).length > 0)
            ? [
                {
                  title: t('policy.terms'),
                  key: 'terms',
                  render: (_: unknown, { figures }: TargetRow) => <Terms terms={figures.terms ?? {}} />,
                },
              ]
            : []),
        ]}
      />
    </section>
  );
}

function Terms({ terms }: { readonly terms: Readonly<Record<string, Figure | undefined>> }) {
  const { t } = useTranslation('settings');
  return Object.entries(terms).map(([kind, term]) => (
    <div key={kind}>
      {t(`policy.targetOf.${kind as 'respond'}`)}: <PolicyFigure figure={term} />
    </div>
  ));
}

function ServiceName({ id }: { readonly id: string }) {
  const { data } = $api.useQuery('get', '/services/{id}', { params: { path: { id } } }, { staleTime: 60_000 });
  return (
    <ThingLink kind="service" id={id}>
      {data?.name ?? id}
    </ThingLink>
  );
}
