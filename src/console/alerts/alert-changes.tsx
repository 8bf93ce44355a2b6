import { Timeline } from 'antd';
import { useTranslation } from 'react-i18next';
import { Moment } from '../parts/moment.tsx';
import { Section } from '../parts/section.tsx';
import type { ShownAlert } from './alert-data.ts';
import { SignalValue } from './signal-value.tsx';

/** What became of an alert, the newest first. */
export function AlertChanges({ alert }: { readonly alert: ShownAlert }) {
  const { t } = useTranslation('alerts');
  return (
    <Section title={t('change.title')}>
      <Timeline
        items={alert.changes.toReversed().map((change) => ({
          key: `${change.at} ${change.what}`,
          content: <Change change={change} signal={alert.signal} />,
        }))}
      />
    </Section>
  );
}

interface ChangeProps {
  readonly change: ShownAlert['changes'][number];
  readonly signal: string;
}

function Change({ change, signal }: ChangeProps) {
  const { t } = useTranslation('alerts');
  const { what, at, level, previousLevel, value, by, note } = change;
  return (
    <>
      <strong>{t(`change.${what}`)}</strong>
      {by ? ` · ${by.name}` : null}
      {previousLevel !== null && previousLevel !== level
        ? ` · ${t('change.levels', { from: previousLevel, to: level })}`
        : null}
      {value === null ? null : (
        <>
          {' '}
          · <SignalValue signal={signal} value={value} />
        </>
      )}
      <div className="quiet">
        <Moment at={at} />
      </div>
      {note ? <div>{note}</div> : null}
    </>
  );
}
