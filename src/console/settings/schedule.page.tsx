import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Button, type TableColumnsType } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api, api } from '../api/client.ts';
import { useWrite } from '../api/use-write.ts';
import { stated } from '../app/search.ts';
import { ConfirmedButton } from '../parts/confirmed-button.tsx';
import { Facts } from '../parts/facts.tsx';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Moment } from '../parts/moment.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { Section } from '../parts/section.tsx';
import { ChangeTiming } from './change-timing.tsx';
import { Lateness } from './lateness.tsx';
import { PauseSchedule } from './pause-schedule.tsx';
import type { Fire, Schedule } from './schedule-data.ts';
import { FireOutcome, NextFire, useMayOperate } from './schedule-parts.tsx';
import { SettingsPage } from './settings-page.tsx';
import { SlotList } from './slot-list.tsx';
import './settings.css';

const route = getRouteApi('/settings/schedules/$id');

const REFRESH_MS = 5_000;

/** One schedule: when it is due, what became of its slots, and what an operator can do about it. */
export function SchedulePage() {
  const { t } = useTranslation('settings');
  const { id } = route.useParams();
  const { edit } = route.useSearch();
  const navigate = useNavigate({ from: '/settings/schedules/$id' });
  const query = $api.useQuery('get', '/schedules/{id}', { params: { path: { id } } }, { refetchInterval: REFRESH_MS });
  const show = (opened: 'timing' | 'pause' | undefined) =>
    void navigate({ search: (before) => ({ ...before, edit: opened }), replace: opened === undefined });
  return (
    <SettingsPage title={query.data?.name ?? t('schedules.one')}>
      <Loaded query={query}>
        {(schedule) => (
          <>
            <About schedule={schedule} onEdit={show} />
            <Fires id={id} />
            {edit === 'timing' ? <ChangeTiming schedule={schedule} onClose={() => show(undefined)} /> : null}
            {edit === 'pause' ? <PauseSchedule schedule={schedule} onClose={() => show(undefined)} /> : null}
          </>
        )}
      </Loaded>
    </SettingsPage>
  );
}

interface AboutProps {
  readonly schedule: Schedule;
  readonly onEdit: (what: 'timing' | 'pause') => void;
}

function About({ schedule, onEdit }: AboutProps) {
  const { t } = useTranslation('settings');
  const { cron, zone, surprise, catchUp, job, pausedAt, nextSlots } = schedule;
  return (
    <Section title={t('schedules.about')}>
      <Facts
        facts={[
          [t('next'), <NextFire key="next" schedule={schedule} />],
          [t('pausedSince'), pausedAt && <Moment key="paused" at={pausedAt} />],
          [
            t('timing'),
            surprise ? (
              t('surpriseOf', { from: surprise.from, until: surprise.until, zone })
            ) : (
              <span key="timing">
                <span className="code">{cron}</span> {zone}
              </span>
            ),
          ],
          [t('nextFive'), nextSlots.length > 0 ? <SlotList key="slots" slots={nextSlots} /> : null],
          [t('catchUp'), t(`catchUpOf.${catchUp}`)],
          [
            t('job'),
            <span key="job" className="code">
              {job}
            </span>,
          ],
        ]}
      />
      <Actions schedule={schedule} onEdit={onEdit} />
    </Section>
  );
}

function Actions({ schedule: { id, name, pausedAt }, onEdit }: AboutProps) {
  const { t } = useTranslation('settings');
  const mayOperate = useMayOperate();
  const params = { path: { id } };
  const run = useWrite((_: undefined, header) => api.POST('/schedules/{id}/run', { params: { ...params, header } }));
  const resume = useWrite((_: undefined, header) =>
    api.POST('/schedules/{id}/resume', { params: { ...params, header } }),
  );
  if (!mayOperate) return null;
  return (
    <>
      <div className="settings-actions no-print">
        <ConfirmedButton
          label={t('run')}
          ask={t('runAsk', { name })}
          loading={run.isPending}
          onConfirm={() => run.write(undefined).catch(() => undefined)}
        />
        {pausedAt === null ? (
          <Button onClick={() => onEdit('pause')}>{t('pause')}</Button>
        ) : (
          <ConfirmedButton
            label={t('resume')}
            ask={t('resumeAsk')}
            loading={resume.isPending}
            onConfirm={() => resume.write(undefined).catch(() => undefined)}
          />
        )}
        <Button onClick={() => onEdit('timing')}>{t('changeTiming')}</Button>
      </div>
      <ProblemAlert error={run.problem ?? resume.problem} />
    </>
  );
}

function Fires({ id }: { readonly id: string }) {
  const { t } = useTranslation('settings');
  const { after } = route.useSearch();
  const navigate = useNavigate({ from: '/settings/schedules/$id' });
  const query = $api.useQuery(
    'get',
    '/schedules/{id}/fires',
    { params: { path: { id }, query: { limit: 25, ...stated({ after }) } } },
    { refetchInterval: REFRESH_MS },
  );
  const columns: TableColumnsType<Fire> = [
    { title: t('slot'), key: 'slot', render: (_, { slot }) => <Moment at={slot} /> },
    { title: t('came'), key: 'came', render: (_, fire) => <FireOutcome fire={fire} /> },
    { title: t('late'), key: 'late', render: (_, fire) => <Lateness fire={fire} /> },
    { title: t('attempt'), dataIndex: 'attempt' },
    { title: t('ended'), key: 'ended', render: (_, { finishedAt }) => finishedAt && <Moment at={finishedAt} /> },
    { title: t('failure'), dataIndex: 'failure' },
  ];
  return (
    <Section title={t('fires')}>
      <KeyedTable
        label={t('fires')}
        query={query}
        columns={columns}
        rowKey={(fire) => fire.id}
        after={after}
        onPage={(next) => void navigate({ search: (before) => ({ ...before, after: next }) })}
        empty={<NothingHere text={t('noFires')} />}
      />
    </Section>
  );
}
