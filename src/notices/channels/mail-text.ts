import type { Notice } from '../notice.ts';

/** A message as people read it. */
export interface MailText {
  readonly subject: string;
  readonly text: string;
}

/** Longer subjects are cut off by many readers; the text has it all. */
const SUBJECT_CHARACTERS_MAX = 120;

/** The mail about a notice. */
export function noticeMail({
  kind,
  urgency,
  recipient,
  subjectKind,
  subjectId,
  summary,
  createdAt,
  id,
}: Notice): MailText {
  const text = [
    summary,
    '',
    `Told to:   ${recipient.name}`,
    `Urgency:   ${urgency} of 4`,
    `What:      ${kind}, ${subjectKind} ${subjectId}`,
    `When:      ${createdAt.toString()}`,
    `Notice:    ${id}`,
  ].join('\n');
  return { subject: subjectOf(summary, urgency), text };
}

/** The mail that lists several notices, the most urgent first. */
export function digestMail(notices: readonly Notice[]): MailText {
  const [first] = notices;
  const lines = notices.map(({ urgency, createdAt, summary }) => `- ${createdAt.toString()} (${urgency}) ${summary}`);
  const text = [`${notices.length} notices, the most urgent first:`, '', ...lines].join('\n');
  const summary = `${notices.length} notices, the first: ${first?.summary ?? ''}`;
  return { subject: subjectOf(summary, first?.urgency ?? 1), text };
}

/** The mail that tests a channel. */
export function testMail(channelName: string): MailText {
  const summary = `This is a test of the notification channel ${channelName}: nothing has happened`;
  return { subject: subjectOf(summary, 1), text: summary };
}

/** One line, whatever the summary holds: what people wrote must not add headers. */
function subjectOf(summary: string, urgency: number): string {
  const line = [...summary.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim()];
  const cut = line.length <= SUBJECT_CHARACTERS_MAX ? line : [...line.slice(0, SUBJECT_CHARACTERS_MAX - 1), '…'];
  return `[Muster${urgency >= 3 ? ` urgency ${urgency}` : ''}] ${cut.join('')}`;
}
