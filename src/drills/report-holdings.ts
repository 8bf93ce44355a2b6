import { type Html, html } from '../kernel/html.ts';
import type { DrillReport } from './report.ts';
import type { ReportWords } from './report-language.ts';
import { long, table } from './report-table.ts';
import { mark, moment, recorded } from './report-words.ts';

/** What the scenario took away. */
export function lostSection({ lost }: DrillReport, words: ReportWords): Html | null {
  if (lost.length === 0) return null;
  return html`<h2>${words.say('lost')}</h2>
<p>${words.say('lostIntroduction')}</p><ul>${lost.map((what) => html`<li>${what}</li>`)}</ul>`;
}

/** The spares and seats that the run held while it went on, or needed in vain. */
export function holdingsSection({ holdings }: DrillReport, words: ReportWords): Html | null {
  if (holdings.length === 0) return null;
  const rows = holdings.map(
    (holding) => html`<tr>${long(holding.wanted)}${long(thingOf(holding, words))}<td>${holding.place}</td>
<td>${mark(words, holding.state)}</td>${long(sightingWords(holding, words))}${long(recorded(words, holding.note))}</tr>`,
  );
  return html`<h2>${words.say('holdings')}</h2>
${table(words, ['needed', 'held', 'location', 'state', 'seen', 'note'], rows)}`;
}

type ReportHolding = DrillReport['holdings'][number];

function thingOf({ thing, fromReserve }: ReportHolding, words: ReportWords): string {
  if (thing === null) return '–';
  return fromReserve ? words.say('fromReserve', { thing }) : thing;
}

function sightingWords({ sighting, seenAt, sightedAt, sightedBy }: ReportHolding, words: ReportWords): string {
  if (sighting === null) return '–';
  if (sightedAt !== null) return words.say('sightedBy', { name: sightedBy ?? '', moment: moment(sightedAt) });
  return seenAt === null ? words.say('onRecordNever') : words.say('onRecordSince', { day: seenAt.slice(0, 10) });
}
