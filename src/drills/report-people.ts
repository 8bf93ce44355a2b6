import { type Html, html } from '../kernel/html.ts';
import type { DrillReport } from './report.ts';
import type { ReportWords } from './report-language.ts';
import { long, table } from './report-table.ts';
import { mark, moment } from './report-words.ts';

/** Something that a person did in the run, or was asked to do. */
interface Part {
  readonly person: string | null;
  readonly what: string;
  /** A code, when the person was asked for one. */
  readonly outcome: string | null;
  readonly note: string | null;
  readonly at: string | null;
}

/** Who took part, in the order in which it happened: who asked for the run, who confirmed what, who saw which spare. */
export function participantsSection(report: DrillReport, words: ReportWords): Html {
  const parts = [...asked(report, words), ...confirmed(report, words), ...sighted(report, words)];
  const rows = parts
    .toSorted((one, other) => (one.at ?? '9').localeCompare(other.at ?? '9'))
    .map(
      ({ person, what, outcome, note, at }) => html`<tr><td>${person ?? '–'}</td>${long(what)}
<td>${outcome === null ? '–' : outcomeOf(outcome, words)}</td>${long(note)}
<td class="word">${at === null ? '–' : moment(at)}</td></tr>`,
    );
  return html`<h2>${words.say('participants')}</h2>
${report.confirmations.length === 0 && report.run.mode !== 'recovery' ? html`<p>${words.say('nobodySigned')}</p>` : null}
${table(words, ['by', 'what', 'outcome', 'note', 'at'], rows)}`;
}

const NOT_ANSWERED = 'pending';

function outcomeOf(outcome: string, words: ReportWords): Html | string {
  return outcome === NOT_ANSWERED ? words.say('notAnswered') : mark(words, outcome);
}

function asked({ run }: DrillReport, words: ReportWords): Part[] {
  return [{ person: run.requestedBy, what: words.say('askedForRun'), outcome: null, note: null, at: run.triggeredAt }];
}

function confirmed({ confirmations }: DrillReport, words: ReportWords): Part[] {
  return confirmations.map(({ step, instructions, outcome, note, person, role, answeredAt }) => ({
    ...{
      person: person !== null && role !== null ? words.say('personAs', { person, role }) : person,
      note,
      at: answeredAt,
      outcome: outcome ?? NOT_ANSWERED,
    },
    what: words.say('saidOfStep', {
      step: words.code(step),
      instructions: words.recorded(instructions) ?? instructions,
    }),
  }));
}

function sighted({ holdings }: DrillReport, words: ReportWords): Part[] {
  return holdings.flatMap(({ thing, wanted, sightedAt, sightedBy }) =>
    sightedAt === null
      ? []
      : [
          {
            ...{ person: sightedBy, outcome: null, note: null, at: sightedAt },
            what: words.say('sightedThing', { thing: thing ?? wanted }),
          },
        ],
  );
}

/** Every role of the definition: who filled it, and what they answered in it; one that nobody filled says so. */
export function rolesSection({ participants }: DrillReport, words: ReportWords): Html | null {
  if (participants.length === 0) return null;
  const rows = participants.map(
    ({ role, description, required, person, filledAt, answered }) => html`<tr>${long(role)}${long(description)}
<td>${words.say(required ? 'required' : 'notRequired')}</td>
<td>${person ?? mark(words, words.say('notFilled'), required ? 'bad' : 'none')}</td>
<td class="word">${filledAt === null ? '–' : moment(filledAt)}</td>
<td class="long">${answered.map(({ step, outcome }) => html`<div>${words.code(step)} ${mark(words, outcome)}</div>`)}</td></tr>`,
  );
  return html`<h2>${words.say('roles')}</h2>
${table(words, ['role', 'task', 'forSuccess', 'by', 'since', 'answered'], rows)}`;
}
