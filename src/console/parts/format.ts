import type { Language } from '../i18n/i18n.ts';

const TAGS: Record<Language, string> = { en: 'en-GB', zh: 'zh-CN' };

/** A format for each language, made once: to make one takes longer than to use it hundreds of times. */
function formats<Format>(make: (tag: string) => Format): (language: Language) => Format {
  const made = new Map<Language, Format>();
  return (language) => {
    const found = made.get(language) ?? make(TAGS[language]);
    made.set(language, found);
    return found;
  };
}

const toTheMinute = formats((tag) => new Intl.DateTimeFormat(tag, { dateStyle: 'medium', timeStyle: 'short' }));
const toTheSecond = formats((tag) => new Intl.DateTimeFormat(tag, { dateStyle: 'full', timeStyle: 'long' }));
const ofTheDay = formats((tag) => new Intl.DateTimeFormat(tag, { timeStyle: 'medium' }));
const inThousands = formats((tag) => new Intl.NumberFormat(tag));

/** An instant to the minute in the reader's zone. */
export function formatMoment(iso: string, language: Language): string {
  return toTheMinute(language).format(new Date(iso));
}

/** The time of day of an instant, to the second, in the reader's zone. */
export function formatTimeOfDay(iso: string, language: Language): string {
  return ofTheDay(language).format(new Date(iso));
}

/** An instant to the second with the zone's name, and in UTC. */
export function formatMomentExactly(iso: string, language: Language): string {
  return `${toTheSecond(language).format(new Date(iso))} · ${new Date(iso).toISOString()}`;
}

const UNIT_WORDS: Record<Language, readonly [day: string, hour: string, minute: string, second: string]> = {
  en: ['d', 'h', 'min', 's'],
  zh: ['天', '小时', '分', '秒'],
};

/** A duration by its two largest units: `2 h 5 min`, `41 s`, `0.8 s`; negative ones with a minus. */
export function formatSeconds(seconds: number, language: Language): string {
  const [day, hour, minute, second] = UNIT_WORDS[language];
  const size = Math.abs(seconds);
  const sign = seconds < 0 ? '−' : '';
  if (size < 10 && !Number.isInteger(size)) return `${sign}${size.toFixed(1)} ${second}`;
  const whole = Math.round(size);
  const parts = [
    [Math.floor(whole / 86_400), day],
    [Math.floor(whole / 3600) % 24, hour],
    [Math.floor(whole / 60) % 60, minute],
    [whole % 60, second],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  if (first === -1) return `0 ${second}`;
  const shown = parts.slice(first, first + 2).filter(([count]) => count > 0);
  return sign + shown.map(([count, unit]) => `${count} ${unit}`).join(' ');
}

/** A size in binary units: `1.4 GiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  const step = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** step;
  return `${step === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[step]}`;
}

/** A count with its thousands apart. */
export function formatCount(count: number, language: Language): string {
  return inThousands(language).format(count);
}
