import { z } from 'zod';
import type { AlertLevel } from './alert.ts';
import type { SeriesValue } from './pushed.ts';

/** The series that alerts of an Alertmanager are: the value is the level while it fires, and 0 when it is resolved. */
export const ALERTMANAGER_SERIES = 'alertmanager';

/** Alertmanager repeats what fires every few hours; what it has not repeated for a day it has forgotten. */
const HOLDS_MS = 86_400_000;

const textMap = z.record(z.string().max(200), z.string().max(5000));

const firedSchema = z.looseObject({
  status: z.enum(['firing', 'resolved']),
  labels: textMap.describe('alertname, and the labels that name level and service'),
  annotations: textMap.default({}),
  startsAt: z.iso.datetime({ offset: true, abort: true }).describe('Since when it fires'),
  endsAt: z.iso.datetime({ offset: true, abort: true }).describe('Of a resolved one: since when it does not'),
  fingerprint: z
    .string()
    .regex(/^[\x21-\x7e]{1,100}$/, 'must be a fingerprint')
    .describe('What makes it the same alert'),
});

/** What Alertmanager sends to a webhook receiver, version 4 of the form. What is not named here is not looked at. */
export const alertmanagerSchema = z.looseObject({
  version: z.literal('4').describe('Of the form'),
  groupKey: z.string().max(5000).describe('Which group it is; each alert is taken for itself'),
  status: z.enum(['firing', 'resolved']).describe('Of the group; that of each alert counts'),
  alerts: z.array(firedSchema).max(1000).describe('Those that fire, and those that are resolved'),
});

export type FiredAlert = z.output<typeof firedSchema>;

/** Which labels say how urgent an alert is, and which service it concerns. */
export const alertmanagerQuery = z.strictObject({
  levelLabel: z.string().min(1).max(100).default('severity').describe('The label that names the level'),
  serviceLabel: z.string().min(1).max(100).default('service').describe('The label that names the service'),
});

/** What others call levels, from the lowest up; `highest` is the highest that is configured. */
const USUAL_NAMES: Readonly<Record<string, AlertLevel | 'highest'>> = {
  none: 1,
  info: 1,
  notice: 1,
  warning: 2,
  error: 3,
  critical: 'highest',
  page: 'highest',
};

/** A label of an alert; a name that everything has is none of its labels. */
export function labelOf({ labels }: FiredAlert, name: string): string | undefined {
  return Object.hasOwn(labels, name) ? labels[name] : undefined;
}

/** The level that a label's text means: the name or the number of a level, or a usual name; else 2, which is a warning. */
export function levelOf(text: string | undefined, names: readonly string[]): AlertLevel {
  const wanted = (text ?? '').trim().toLowerCase();
  const highest = names.length as AlertLevel;
  const named = names.findIndex((name) => name.toLowerCase() === wanted) + 1;
  if (named > 0) return named as AlertLevel;
  if (/^[1-4]$/.test(wanted)) return Math.min(Number(wanted), highest) as AlertLevel;
  const usual = Object.hasOwn(USUAL_NAMES, wanted) ? (USUAL_NAMES[wanted] ?? 2) : 2;
  return usual === 'highest' ? highest : (Math.min(usual, highest) as AlertLevel);
}

/** An alert as a value of a series. A clock of the sender that runs ahead does not matter. */
export function seriesValueOf(
  { status, labels, startsAt, endsAt, fingerprint, annotations }: FiredAlert,
  level: AlertLevel,
  serviceId: string | null,
  nowMs: number,
): SeriesValue {
  const isFiring = status === 'firing';
  const about = annotations.summary ?? labels.instance ?? '';
  const title = [labels.alertname ?? '', about].filter((text) => text !== '').join(': ');
  return {
    name: ALERTMANAGER_SERIES,
    seriesKey: fingerprint,
    title: printable(title) || fingerprint,
    serviceId,
    value: isFiring ? level : 0,
    valuedAtMs: Math.min(Date.parse(isFiring ? startsAt : endsAt), nowMs),
    holdsUntilMs: nowMs + HOLDS_MS,
  };
}

/** One line of what can be stored and shown, cut off behind 300 characters. */
export function printable(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, 300);
}
