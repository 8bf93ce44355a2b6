import notices from 'chinese-days/dist/chinese-days.json' with { type: 'json' };
import type { PublishedHolidays } from './working-calendar.ts';

/** What the yearly notice of the State Council (国务院办公厅关于节假日安排的通知) says of one date. */
interface NoticeDay {
  readonly date: string;
  /** A Saturday or Sunday that is worked in exchange (调休), instead of a holiday. */
  readonly isWorked: boolean;
  readonly name: string;
}

/** Every date that a notice names, as the package `chinese-days` has them. */
export const CHINESE_NOTICE_DAYS: readonly NoticeDay[] = [
  ...Object.entries(notices.holidays).map(([date, words]) => ({ date, isWorked: false, name: nameOf(words) })),
  ...Object.entries(notices.workdays).map(([date, words]) => ({
    date,
    isWorked: true,
    name: `${nameOf(words)}, make-up working day`,
  })),
];

/**
 * The years whose notice is there: those with a National Day, which every notice has. Days of January come from no other
 * notice than that of their year, but those of four years (2007, 2008, 2012, 2019) have moved days after the 28th of December
 * before; a week is left for that.
 */
export const CHINESE_NOTICES: PublishedHolidays = {
  years: new Set(
    CHINESE_NOTICE_DAYS.filter(({ date }) => date.endsWith('-10-01')).map(({ date }) => Number(date.slice(0, 4))),
  ),
  leadDays: 7,
};

/** `National Day,国庆节,3` is the name in two languages and the number of days that the law gives. */
function nameOf(words: string): string {
  const [english = '', chinese = ''] = words.split(',');
  return `${chinese} ${english}`;
}
