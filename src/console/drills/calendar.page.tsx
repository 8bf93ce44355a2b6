import { getRouteApi, Link } from '@tanstack/react-router';
import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { usePreferences } from '../app/preferences.ts';
import { Loaded } from '../parts/loaded.tsx';
import { Mark } from '../parts/mark.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { Page } from '../parts/page.tsx';
import { Section } from '../parts/section.tsx';
import { dateText, daysOf, type Month, monthOf, monthText, shifted } from './calendar-days.ts';
import { type Calendar, STATUS_TONES } from './drill-data.ts';
import { DrillTabs } from './drill-tabs.tsx';
import { useScheduleText } from './use-schedule-text.ts';

const route = getRouteApi('/drills/calendar');

/** What ran in a month and what falls due in it, day by day in the reader's zone. */
export function CalendarPage() {
  const { t } = useTranslation('drills');
  const { language } = usePreferences();
  const month = monthOf(route.useSearch().month);
  const query = $api.useQuery('get', '/drill-calendar', {
    params: {
      query: { from: new Date(month.year, month.index).toISOString(), until: shifted(month, 1).start.toISOString() },
    },
  });
  const title = month.start.toLocaleDateString(language === 'zh' ? 'zh-CN' : 'en-GB', {
    year: 'numeric',
    month: 'long',
  });
  return (
    <Page title={t('title')}>
      <DrillTabs />
      <div className="calendar-head">
        <Link to="/drills/calendar" search={{ month: monthText(shifted(month, -1)) }}>
          {t('calendar.previous')}
        </Link>
        <h2>{title}</h2>
        <Link to="/drills/calendar" search={{ month: monthText(shifted(month, 1)) }}>
          {t('calendar.next')}
        </Link>
        <Link to="/drills/calendar" search={{}}>
          {t('calendar.today')}
        </Link>
      </div>
      <Loaded query={query}>{(calendar) => <Days calendar={calendar} month={month} />}</Loaded>
    </Page>
  );
}

function Days({ calendar, month }: { readonly calendar: Calendar; readonly month: Month }) {
  const { t } = useTranslation('drills');
  const { language } = usePreferences();
  const days = daysOf(month, calendar);
  const isEmpty = days.every(({ runs, slots }) => runs.length + slots.length === 0);
  const locale = language === 'zh' ? 'zh-CN' : 'en-GB';
  return (
    <>
      {calendar.hasMoreRuns ? <Alert type="info" showIcon title={t('calendar.more')} /> : null}
      {isEmpty ? <NothingHere text={t('calendar.empty')} /> : null}
      <ol className="calendar" aria-label={t('calendar.grid')}>
        {days.map(({ date, runs, slots, isToday, column }) => (
          <li
            key={date.getDate()}
            className={`${isToday ? 'today' : ''} ${runs.length + slots.length === 0 ? 'empty' : ''}`}
            style={column === undefined ? {} : { gridColumnStart: column }}
          >
            <time dateTime={dateText(date)}>
              {date.toLocaleDateString(locale, { weekday: 'short', day: 'numeric' })}
            </time>
            <ul>
              {runs.map(({ id, drill, status, triggeredAt }) => (
                <li key={id}>
                  <Link to="/drills/runs/$id" params={{ id }}>
                    {clock(triggeredAt, locale)} {drill}
                  </Link>{' '}
                  <Mark tone={STATUS_TONES[status]}>{t(`status.${status}`)}</Mark>
                </li>
              ))}
              {slots.map(({ drill, at, local }) => (
                <li key={`${at} ${drill}`} title={local}>
                  <Link to="/drills/definitions/$name" params={{ name: drill }}>
                    {clock(at, locale)} {drill}
                  </Link>{' '}
                  <Mark tone="busy">{t('calendar.due')}</Mark>
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ol>
      <Others calendar={calendar} />
    </>
  );
}

function clock(at: string, locale: string): string {
  return new Date(at).toLocaleTimeString(locale, { hour: '2-digit', minute: '2-digit' });
}

function Others({ calendar: { surprises, pausedDrills, cutDrills } }: { readonly calendar: Calendar }) {
  const { t } = useTranslation('drills');
  const scheduleText = useScheduleText();
  return (
    <>
      {cutDrills.length > 0 ? <p>{t('calendar.cut', { drills: cutDrills.join(', ') })}</p> : null}
      {pausedDrills.length > 0 ? <p>{t('calendar.paused', { drills: pausedDrills.join(', ') })}</p> : null}
      {surprises.length > 0 ? (
        <Section title={t('calendar.surprises')}>
          <p>{t('calendar.surprisesHelp')}</p>
          <ul>
            {surprises.map(({ drill, zone, ...surprise }) => (
              <li key={drill}>
                <Link to="/drills/definitions/$name" params={{ name: drill }}>
                  {drill}
                </Link>{' '}
                {scheduleText({ cron: null, surprise, zone })}
              </li>
            ))}
          </ul>
        </Section>
      ) : null}
    </>
  );
}
