import type { Severity } from '../kernel/severity.ts';
import type { Surprise } from '../scheduling/surprise.ts';
import type { FindingKind } from '../verification/finding.ts';
import type { HOLDING_STATES } from './holding.ts';
import type { Phase, PhaseStatus } from './phase.ts';
import type {
  AvailabilityVerdict,
  CleanupStatus,
  DrillCheck,
  DrillLogLine,
  RunStatus,
  Target,
  TargetResult,
  Trigger,
  ValidationStatus,
} from './run.ts';

/** The words that a report holds as codes; in English a code is its own word. */
export type ReportCode =
  | Severity
  | FindingKind
  | (typeof HOLDING_STATES)[number]
  | Phase
  | PhaseStatus
  | AvailabilityVerdict['outcome']
  | CleanupStatus
  | DrillCheck['result']
  | DrillLogLine['level']
  | RunStatus
  | Target
  | TargetResult['result']
  | Trigger
  | ValidationStatus
  | 'opened'
  | 'still open'
  | 'closed'
  | Surprise['every']
  | Surprise['days'][number]
  | 'phase'
  | 'step'
  | 'check'
  | 'scenario';

/** The codes of a report in Chinese. The type makes sure that none is left out. */
export const CODES_ZH: Readonly<Record<ReportCode, string>> = {
  emergency: '紧急',
  important: '重要',
  general: '一般',
  queued: '排队中',
  running: '运行中',
  completed: '已完成',
  failed: '失败',
  aborted: '已取消',
  interrupted: '已中断',
  skipped: '已跳过',
  manual: '人工触发',
  schedule: '按计划触发',
  'first-start': '首次启动触发',
  'not reached': '未到达',
  passed: '通过',
  'not assessed': '未评估',
  preempted: '被抢占',
  'not needed': '不需要',
  pending: '待处理',
  done: '完成',
  kept: '已保留',
  met: '达到',
  missed: '未达到',
  'not measured': '未测量',
  'not compared': '未比对',
  respond: '响应',
  plan: '制定方案',
  recover: '恢复',
  rpo: 'RPO',
  provision: '准备',
  fetch: '取回备份',
  verify: '核验',
  restore: '恢复',
  validate: '验证',
  handover: '移交',
  cleanup: '清理',
  held: '已占用',
  short: '不足',
  'not held': '未占用',
  released: '已释放',
  expired: '已过期',
  opened: '新开',
  'still open': '仍未关闭',
  closed: '已关闭',
  week: '周',
  month: '月',
  quarter: '季度',
  mon: '周一',
  tue: '周二',
  wed: '周三',
  thu: '周四',
  fri: '周五',
  sat: '周六',
  sun: '周日',
  phase: '阶段',
  step: '步骤',
  check: '检查',
  scenario: '场景',
  info: '信息',
  warn: '警告',
  error: '错误',
  missing: '缺失',
  empty: '空文件',
  truncated: '截断',
  corrupt: '损坏',
  unreadable: '无法读取',
  altered: '被改动',
  hostile: '恶意内容',
  unexpected: '多余文件',
  'mismatched-type': '类型不符',
  'changed-while-read': '读取时发生变化',
  'unstable-read': '读取不稳定',
  suspect: '可疑',
  incomplete: '不完整',
  'no-access': '无权访问',
  'no-key': '缺少密钥',
  unsigned: '未签名',
  'unknown-format': '格式未知',
  'no-record': '无记录可比',
};
