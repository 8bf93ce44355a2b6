import type { Severity } from '../kernel/severity.ts';
import type { ClockKind } from '../sla/clock-kind.ts';
import type { Term } from '../sla/term.ts';
import type { CustomerPromise } from './customer-link.ts';
import type { Stage } from './incident-stage.ts';

/** The languages of the page that a customer sees. */
export const CUSTOMER_LANGUAGES = ['en', 'zh'] as const;

export type CustomerLanguage = (typeof CUSTOMER_LANGUAGES)[number];

/** What the page says in one language. */
export interface CustomerWords {
  readonly severity: string;
  readonly stage: string;
  readonly received: string;
  readonly restored: string;
  readonly resolved: string;
  readonly notYet: string;
  readonly promises: string;
  readonly promise: string;
  readonly target: string;
  readonly due: string;
  readonly state: string;
  readonly reached: string;
  readonly updates: string;
  readonly noUpdates: string;
  readonly asOf: string;
  readonly gone: string;
  readonly goneAdvice: string;
  readonly other: string;
  readonly severities: Readonly<Record<Severity, string>>;
  readonly stages: Readonly<Record<Stage, string>>;
  readonly clocks: Readonly<Partial<Record<ClockKind, string>>>;
  readonly states: Readonly<Record<CustomerPromise['state'], string>>;
  readonly units: Readonly<Record<Term['unit'], string>>;
  readonly always: string;
  readonly business: string;
}

const EN: CustomerWords = {
  severity: 'Severity',
  stage: 'Stage',
  received: 'Received',
  restored: 'Service restored',
  resolved: 'Resolved',
  notYet: 'not yet',
  promises: 'What we have promised',
  promise: 'Promise',
  target: 'Target',
  due: 'Due',
  state: 'State',
  reached: 'Reached',
  updates: 'Updates',
  noUpdates: 'There is none yet.',
  asOf: 'As of',
  gone: 'This link is not valid',
  goneAdvice: 'It has ended or was withdrawn. Ask whoever has sent it for a new one.',
  other: '中文',
  severities: { emergency: 'Emergency', important: 'Important', general: 'General' },
  stages: {
    receive: 'Received',
    record: 'Being recorded',
    classify: 'Being classified',
    transfer: 'Being handed to a team',
    handle: 'Being worked on',
    feedback: 'Resolved, waiting for confirmation',
    closed: 'Closed',
  },
  clocks: {
    respond: 'First response',
    plan: 'Plan of recovery',
    recover: 'Service runs again',
    resolve: 'Cause resolved',
    update: 'Next update',
  },
  states: { running: 'running', paused: 'paused', met: 'kept', missed: 'missed' },
  units: { seconds: 'seconds', minutes: 'minutes', hours: 'hours', 'working-days': 'working days' },
  always: 'around the clock',
  business: 'in business hours',
};

const ZH: CustomerWords = {
  severity: '级别',
  stage: '阶段',
  received: '受理时间',
  restored: '服务恢复时间',
  resolved: '解决时间',
  notYet: '尚未',
  promises: '我们的承诺',
  promise: '承诺',
  target: '目标',
  due: '截止时间',
  state: '状态',
  reached: '达成时间',
  updates: '进展通报',
  noUpdates: '暂无通报。',
  asOf: '截至',
  gone: '此链接无效',
  goneAdvice: '链接已过期或已撤回。请向发送者索取新的链接。',
  other: 'English',
  severities: { emergency: '紧急', important: '重要', general: '一般' },
  stages: {
    receive: '已受理',
    record: '登记中',
    classify: '分级中',
    transfer: '转派中',
    handle: '处理中',
    feedback: '已解决，待确认',
    closed: '已关闭',
  },
  clocks: {
    respond: '首次响应',
    plan: '恢复方案',
    recover: '服务恢复',
    resolve: '根因解决',
    update: '下次通报',
  },
  states: { running: '进行中', paused: '已暂停', met: '已兑现', missed: '已超时' },
  units: { seconds: '秒', minutes: '分钟', hours: '小时', 'working-days': '个工作日' },
  always: '全天候',
  business: '工作时间内',
};

/** The words of one language. */
export function customerWords(language: CustomerLanguage): CustomerWords {
  return language === 'zh' ? ZH : EN;
}

/** A target for people: `4 hours, around the clock`. */
export function targetInWords(term: Term, words: CustomerWords): string {
  const amount = `${term.amount} ${words.units[term.unit]}`;
  if (term.unit === 'working-days') return amount;
  return `${amount}, ${term.counted === 'always' ? words.always : words.business}`;
}
