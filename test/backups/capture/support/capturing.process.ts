// A worker as far as one capture goes: it carries out the task that it is told, and can be killed.
import { captureInProcess } from '../../../../src/backups/capture/capture-process.ts';
import type { CaptureTask } from '../../../../src/backups/capture/capture-task.ts';

process.once('message', (task: CaptureTask) => void captureInProcess(task));
