import { type Logger, pino } from 'pino';

export type { Logger };

/** Paths that are never written to a log, whatever object is logged. */
const REDACTED = [
  'req.headers.authorization',
  'req.headers.cookie',
  'res.headers["set-cookie"]',
  '*.secret',
  '*.token',
];

/** A logger that writes JSON lines to standard error, so that standard output stays for answers. */
export function createLogger(level: string): Logger {
  const options = {
    level,
    base: null,
    redact: { paths: REDACTED, censor: '[redacted]' },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return pino(options, pino.destination({ fd: 2, sync: true }));
}
