import { type Html, html } from '../kernel/html.ts';
import type { DrillReport } from './report.ts';
import { mark, moment, toneOf } from './report-words.ts';

/** What the scenario took away. */
export function lostSection({ lost }: DrillReport): Html | null {
  if (lost.length === 0) return null;
  return html`<h2>Lost in the scenario</h2>
<p>The run did without these, whatever they hold:</p><ul>${lost.map((what) => html`<li>${what}</li>`)}</ul>`;
}

/** The spares and seats that the run held while it went on, or needed in vain. */
export function holdingsSection({ holdings }: DrillReport): Html | null {
  if (holdings.length === 0) return null;
  const rows = holdings.map(
    (
      holding,
    ) => html`<tr><td class="long">${holding.wanted}</td><td class="long">${thingOf(holding)}</td><td>${holding.place}</td>
<td>${mark(toneOf(holding.state), holding.state)}</td><td class="long">${sightingWords(holding)}</td><td class="long">${holding.note}</td></tr>`,
  );
  return html`<h2>Spares and licence seats</h2>
<div class="scroll"><table><thead><tr><th>Needed</th><th>Held</th><th>Location</th><th>State</th><th>Seen</th><th>Note</th></tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

type ReportHolding = DrillReport['holdings'][number];

function thingOf({ thing, fromReserve }: ReportHolding): string {
  return thing === null ? '–' : `${thing}${fromReserve ? ', from the emergency reserve' : ''}`;
}

function sightingWords({ sighting, seenAt, sightedAt, sightedBy }: ReportHolding): string {
  if (sighting === null) return '–';
  if (sightedAt !== null) return `sighted by ${sightedBy} at ${moment(sightedAt)}`;
  return `on record only, ${seenAt === null ? 'never seen' : `last seen on ${seenAt.slice(0, 10)}`}`;
}

/** What people did in the run, and said of it. */
export function confirmationsSection({ confirmations }: DrillReport): Html | null {
  if (confirmations.length === 0) return null;
  const rows = confirmations.map(
    ({ step, instructions, outcome, note, person, answeredAt }) =>
      html`<tr><td class="long"><strong>${step}</strong>: ${instructions}</td>
<td>${outcome === null ? 'not answered' : mark(toneOf(outcome), outcome)}</td><td class="long">${note}</td><td>${person}</td>
<td class="word">${answeredAt === null ? '–' : moment(answeredAt)}</td></tr>`,
  );
  return html`<h2>Done by people</h2>
<div class="scroll"><table><thead><tr><th>What</th><th>Outcome</th><th>Note</th><th>By</th><th>At</th></tr></thead>
<tbody>${rows}</tbody></table></div>`;
}
