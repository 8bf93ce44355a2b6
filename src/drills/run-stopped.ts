/** Why a run was stopped from outside: the reason that its signal carries. */
export class RunStopped extends Error {
  override readonly name = 'RunStopped';
  readonly status: 'aborted' | 'interrupted';

  constructor(status: RunStopped['status'], message: string) {
    super(message);
    this.status = status;
  }
}
