import { useTranslation } from 'react-i18next';
import { usePreferences } from '../app/preferences.ts';
import type { Expiry } from './licences.words.ts';
import './expiry-strip.css';

const MONTHS = 12;

/** Each month with what ends in it: a square for a term, a ring for support. The list of the page says the same in words. */
export function ExpiryStrip({ expiries }: { readonly expiries: readonly Expiry[] }) {
  const { t } = useTranslation('licences');
  const { language } = usePreferences();
  const format = new Intl.DateTimeFormat(language === 'zh' ? 'zh-CN' : 'en-GB', { month: 'short', timeZone: 'UTC' });
  const months = monthsFromNow();
  return (
    <>
      <ol className="expiry-strip" aria-label={t('expiries.year')}>
        {months.map((month) => {
          const ending = expiries.filter(({ on }) => on.startsWith(month));
          const name = format.format(new Date(`${month}-01T00:00:00Z`));
          return (
            <li key={month} className={month === months[0] ? 'now' : undefined}>
              <span className="month">
                {name}
                {month.endsWith('-01') || month === months[0] ? ` ${month.slice(0, 4)}` : ''}
              </span>
              <span className="count">{ending.length === 0 ? '' : ending.length}</span>
              <span className="marks" aria-hidden="true">
                {ending.map(({ entitlementId, what }) => (
                  <i key={`${entitlementId} ${what}`} className={`expiry-mark ${what}`} />
                ))}
              </span>
              <span className="visually-hidden">{t('expiries.inMonth', { count: ending.length })}</span>
            </li>
          );
        })}
      </ol>
      <p className="expiry-legend">
        <i className="expiry-mark term" aria-hidden="true" /> {t('expiries.legendTerm')}{' '}
        <i className="expiry-mark support" aria-hidden="true" /> {t('expiries.legendSupport')}
      </p>
    </>
  );
}

/** This month and those that follow, as `2026-11`. */
function monthsFromNow(): string[] {
  const now = new Date();
  return Array.from({ length: MONTHS }, (_, ahead) =>
    new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead)).toISOString().slice(0, 7),
  );
}
