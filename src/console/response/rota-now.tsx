import { useTranslation } from 'react-i18next';
import { useMe } from '../app/session.ts';
import { Loaded } from '../parts/loaded.tsx';
import { Mark } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import { type Rota, type Span, type Turn, useTurns } from './response-data.ts';
import { RotaStrip } from './rota-strip.tsx';

const FEW = 4;

interface RotaNowProps {
  readonly rota: Rota;
  readonly span: Span;
  /** All turns of the span, not only the next ones. */
  readonly isWhole?: boolean;
}

/** Who is on call by a rota now, and whose turns come next. */
export function RotaNow({ rota, span, isWhole = false }: RotaNowProps) {
  const { t } = useTranslation('response');
  return (
    <Loaded query={useTurns(rota.id, span)}>
      {({ segments }) => {
        const ahead = segments.filter(({ until }) => Date.parse(until) > Date.now());
        const [now, ...next] = ahead;
        const shown = isWhole ? next : next.slice(0, FEW);
        return (
          <>
            {now ? <Now turn={now} end={span.until} /> : null}
            <RotaStrip turns={segments} span={span} />
            {shown.length === 0 ? null : (
              <ol className="response-list" aria-label={t('onCall.next')}>
                {shown.map((turn) => (
                  <li key={turn.from}>
                    <Moment at={turn.from} /> <Who turn={turn} />
                  </li>
                ))}
              </ol>
            )}
          </>
        );
      }}
    </Loaded>
  );
}

function Now({ turn, end }: { readonly turn: Turn; readonly end: string }) {
  const { t } = useTranslation('response');
  const me = useMe().data;
  const isMe = me !== undefined && turn.person?.id === me.id;
  // A turn that the span cuts goes on after it.
  const isCut = Date.parse(turn.until) >= Date.parse(end);
  return (
    <p>
      {isMe ? <Mark tone="busy">{t('onCall.you')}</Mark> : <Who turn={turn} isNow />}{' '}
      <span className="quiet">
        {isCut ? t('onCall.atLeastUntil') : t('onCall.until')} <Moment at={turn.until} />
      </span>
    </p>
  );
}

function Who({ turn, isNow = false }: { readonly turn: Turn; readonly isNow?: boolean }) {
  const { t } = useTranslation('response');
  if (turn.person === null) return <Mark tone="bad">{isNow ? t('onCall.nobodyNow') : t('onCall.nobody')}</Mark>;
  return (
    <>
      <strong>{turn.person.name}</strong>
      {turn.overrideId === null ? null : <span className="quiet"> · ↷ {t('onCall.byOverride')}</span>}
    </>
  );
}
