import Negotiator from 'negotiator';
import { formatSeconds } from '../kernel/units.ts';
import { CODES_ZH } from './report-codes-zh.ts';
import { SENTENCES } from './report-sentences.ts';
import { WORDS_EN, type WordKey } from './report-words-en.ts';
import { WORDS_ZH } from './report-words-zh.ts';

/** The languages of the report page. The signed JSON is always in English. */
export const REPORT_LANGUAGES = ['en', 'zh'] as const;
export type ReportLanguage = (typeof REPORT_LANGUAGES)[number];

type Values = Readonly<Record<string, string | number>>;

/** How the report page speaks in one language. */
export interface ReportWords {
  readonly language: ReportLanguage;
  /** A word or sentence of the page's own, with its parameters filled in. */
  say(key: WordKey, values?: Values): string;
  /** A code that the report holds; one that the language does not know stays as it is. */
  code(code: string): string;
  seconds(seconds: number): string;
  /** A sentence that a run recorded; undefined when the language does not know it. */
  recorded(text: string): string | undefined;
}

/** The words of one language. */
export function reportWords(language: ReportLanguage): ReportWords {
  return language === 'zh' ? CHINESE : ENGLISH;
}

/**
 * The language that a reader prefers: the one that was asked for, else the best of the header (RFC 9110, 12.5.4), else English.
 * @param acceptLanguage the value of `Accept-Language`.
 */
export function preferredLanguage(
  asked: ReportLanguage | undefined,
  acceptLanguage: string | undefined,
): ReportLanguage {
  if (asked !== undefined) return asked;
  const headers = { 'accept-language': acceptLanguage ?? '' };
  return new Negotiator({ headers }).language([...REPORT_LANGUAGES]) === 'zh' ? 'zh' : 'en';
}

const ENGLISH: ReportWords = {
  language: 'en',
  say: (key, values = {}) => filled(WORDS_EN[key], values),
  code: (code) => code,
  seconds: formatSeconds,
  recorded: (text) => text,
};

const CHINESE: ReportWords = {
  language: 'zh',
  say: (key, values = {}) => filled(WORDS_ZH[key], values),
  code: (code) => codeInChinese(code) ?? code,
  seconds: (seconds) => durationInChinese(formatSeconds(seconds)),
  recorded: inChinese,
};

function filled(template: string, values: Values): string {
  return template.replaceAll(/\{(\w+)\}/g, (braces, name: string) => String(values[name] ?? braces));
}

function codeInChinese(code: string): string | undefined {
  return Object.hasOwn(CODES_ZH, code) ? CODES_ZH[code as keyof typeof CODES_ZH] : undefined;
}

const UNITS: Readonly<Record<string, string>> = { d: '天', h: '小时', min: '分', s: '秒' };
const DURATION = /^\d+(\.\d+)? (s|min \d\d s|h \d\d min|d \d+ h)$/;

function durationInChinese(text: string): string {
  return text
    .split(' ')
    .map((part) => UNITS[part] ?? part)
    .join(' ');
}

interface Template {
  readonly pattern: RegExp;
  readonly names: readonly string[];
  readonly chinese: string;
}

/** Parameters that may hold several sentences themselves; all others end at a semicolon. */
const MANIFOLD: ReadonlySet<string> = new Set(['shortfalls', 'reason', 'finding']);

/** Those with more text of their own come first: what is said most exactly is meant. */
const TEMPLATES: readonly Template[] = SENTENCES.map(([english, chinese]) => {
  const [first = '', ...rest] = english.split(/\{(\w+)\}/);
  let pattern = escaped(first);
  let own = first.length;
  const names: string[] = [];
  for (let at = 0; at < rest.length; at += 2) {
    const [name = '', after = ''] = rest.slice(at, at + 2);
    names.push(name);
    pattern += `${MANIFOLD.has(name) ? '(.+?)' : '((?:(?!; ).)+?)'}${escaped(after)}`;
    own += after.length;
  }
  return { chinese, names, pattern: new RegExp(`^${pattern}$`, 's'), own };
}).toSorted((one, other) => other.own - one.own);

/** What is longer than anything that a run says by itself is not looked up. */
const SENTENCES_LENGTH_MAX = 2000;

/** A whole sentence, or several of them with semicolons between; parameters are translated where they are known as well. */
function inChinese(text: string): string | undefined {
  if (text.length > SENTENCES_LENGTH_MAX) return undefined;
  for (const { pattern, names, chinese } of TEMPLATES) {
    const values = pattern.exec(text)?.slice(1);
    if (values)
      return filled(chinese, Object.fromEntries(names.map((name, at) => [name, parameterInChinese(values[at] ?? '')])));
  }
  const parts = text.split('; ').map((part) => (part === text ? undefined : inChinese(part)));
  return parts.includes(undefined) ? undefined : parts.join('；');
}

function parameterInChinese(value: string): string {
  if (DURATION.test(value)) return durationInChinese(value);
  const codes = value.split(', ').map(codeInChinese);
  if (!codes.includes(undefined)) return codes.join('、');
  return inChinese(value) ?? value;
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
