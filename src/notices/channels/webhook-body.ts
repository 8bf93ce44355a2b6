import type { Notice } from '../notice.ts';

/**
 * The body of a message about a notice, in the form that Standard Webhooks recommends: type, timestamp, data. The same for
 * every attempt, whatever has happened to the notice meanwhile.
 */
export function noticeBody(notice: Notice): string {
  const { id, kind, urgency, recipient, subjectKind, subjectId, summary, details, createdAt } = notice;
  const data = { noticeId: id, urgency, recipient, subjectKind, subjectId, summary, details };
  return JSON.stringify({ type: kind, timestamp: createdAt.toString(), data });
}

/** The body of a message that lists several notices, without their details. */
export function digestBody(notices: readonly Notice[], timestamp: string): string {
  const listed = notices.map(({ id, kind, createdAt, ...notice }) => ({
    ...{
      noticeId: id,
      type: kind,
      timestamp: createdAt.toString(),
      urgency: notice.urgency,
      recipient: notice.recipient,
    },
    ...{ subjectKind: notice.subjectKind, subjectId: notice.subjectId, summary: notice.summary },
  }));
  const data = { count: listed.length, notices: listed };
  return JSON.stringify({ type: 'notification-channel.digest', timestamp, data });
}

/** The body of a test message. */
export function testBody(channelName: string, timestamp: string): string {
  const summary = `This is a test of the notification channel ${channelName}: nothing has happened`;
  return JSON.stringify({ type: 'notification-channel.test', timestamp, data: { urgency: 1, summary } });
}
