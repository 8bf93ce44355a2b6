import { usePreferences } from '../app/preferences.ts';
import { formatMoment, formatMomentExactly } from './format.ts';

/** An instant in the reader's zone, to the minute; the exact time with its zone on hover. */
export function Moment({ at }: { readonly at: string }) {
  const { language } = usePreferences();
  return (
    <time dateTime={at} title={formatMomentExactly(at, language)}>
      {formatMoment(at, language)}
    </time>
  );
}
