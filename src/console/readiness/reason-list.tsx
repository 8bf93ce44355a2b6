import { useTranslation } from 'react-i18next';
import { Mark } from '../parts/mark.tsx';
import { ThingLink } from '../parts/thing-link.tsx';
import type { Reason } from './readiness.ts';
import { useReasonSentence } from './reason-sentence.ts';
import './readiness.css';

/** Why a service is not ready, or why nobody can say: each leads to what it is about. At most `limit` are named. */
export function ReasonList({ reasons, limit = 50 }: { readonly reasons: readonly Reason[]; readonly limit?: number }) {
  const { t } = useTranslation('readiness');
  const say = useReasonSentence();
  if (reasons.length === 0) return null;
  const hidden = reasons.length - limit;
  return (
    <ul className="reasons" aria-label={t('reasons')}>
      {reasons.slice(0, limit).map((reason) => (
        <li key={`${reason.code} ${reason.message}`}>
          <Mark tone={reason.effect === 'not-ready' ? 'bad' : 'warn'}>
            <ThingLink kind={reason.link.kind} id={reason.link.id}>
              {t(`reason.${reason.code}`)}
            </ThingLink>
          </Mark>
          <span className="quiet">{say(reason)}</span>
        </li>
      ))}
      {hidden > 0 ? <li className="quiet">{t('moreReasons', { count: hidden })}</li> : null}
    </ul>
  );
}
