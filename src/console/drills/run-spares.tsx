import { Button, Input, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { useWrite } from '../api/use-write.ts';
import { useCan } from '../app/session.ts';
import { Mark, type Tone } from '../parts/mark.tsx';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { Section } from '../parts/section.tsx';
import { isLive, type RunDetail } from './drill-data.ts';

type Holding = RunDetail['holdings'][number];

const TONES: Record<Holding['state'], Tone> = {
  held: 'good',
  short: 'bad',
  'not held': 'quiet',
  released: 'quiet',
  preempted: 'warn',
  expired: 'warn',
};

/** The spares and seats of a run; those that lie there are scanned, so that they are more than a record. */
export function RunSpares({ run }: { readonly run: RunDetail }) {
  const { t } = useTranslation('drills');
  const can = useCan();
  if (run.holdings.length === 0) return null;
  const canBeSeen = isLive(run) && run.holdings.some(({ kind, state }) => kind === 'unit' && state === 'held');
  return (
    <Section title={t('spares.title')}>
      {canBeSeen && can('drill.operate') ? <Scan id={run.id} /> : null}
      <ul className="drill-people">
        {run.holdings.map((holding) => (
          <li key={`${holding.wanted} ${holding.thing} ${holding.place}`}>
            <Mark tone={TONES[holding.state]}>{t(`spares.states.${holding.state}`)}</Mark>{' '}
            <strong>{holding.wanted}</strong> {holding.fromReserve ? t('spares.fromReserve') : null}
            <div>
              {[holding.thing, holding.place].filter((part) => part !== null).join(' · ')}{' '}
              {holding.sighting === null ? null : (
                <Mark tone={holding.sighting === 'sighted' ? 'good' : 'quiet'}>
                  {t(`spares.sightings.${holding.sighting}`)}
                </Mark>
              )}
            </div>
            {holding.note ? <div className="drill-soft">{holding.note}</div> : null}
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Scan({ id }: { readonly id: string }) {
  const { t } = useTranslation('drills');
  const [code, setCode] = useState('');
  const [seen, setSeen] = useState('');
  const sight = useWrite((scanned: string, headers) =>
    api.POST('/drill-runs/{id}/sightings', { params: { path: { id }, header: headers }, body: { code: scanned } }),
  );
  const send = async () => {
    const scanned = code.trim();
    if (scanned === '') return;
    // The next label may be scanned at once, whatever comes of this one.
    setCode('');
    await sight.write(scanned).then(
      () => setSeen(scanned),
      () => setSeen(''),
    );
  };
  return (
    <div className="drill-scan no-print">
      <label htmlFor="sighting">{t('spares.scan')}</label>
      <Space.Compact block>
        <Input
          id="sighting"
          value={code}
          maxLength={80}
          autoComplete="off"
          onChange={({ target }) => setCode(target.value)}
          onPressEnter={() => void send()}
        />
        <Button type="primary" loading={sight.isPending} onClick={() => void send()}>
          {t('spares.sight')}
        </Button>
      </Space.Compact>
      <p className="drill-soft">{t('spares.scanHelp')}</p>
      <p aria-live="polite">{seen === '' ? null : <Mark tone="good">{t('spares.sighted', { thing: seen })}</Mark>}</p>
      <ProblemAlert error={sight.problem} />
    </div>
  );
}
