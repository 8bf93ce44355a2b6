import type { Reporter, TestCase } from 'vitest/node';

/** Names the tests that failed once and then passed: the run is green, but somebody should know what is not steady. */
export default class SecondTriesReporter implements Reporter {
  readonly #unsteady: string[] = [];

  onTestCaseResult(test: TestCase): void {
    if (test.diagnostic()?.flaky !== true) return;
    const errors = test.result().errors ?? [];
    const [first] = errors.map(({ message }) => message.split('\n')[0]);
    this.#unsteady.push(
      `  ${test.module.relativeModuleId} > ${test.fullName}${first === undefined ? '' : `: ${first}`}`,
    );
  }

  onTestRunEnd(): void {
    if (this.#unsteady.length === 0) return;
    console.log(`\n${this.#unsteady.length} passed at the second try only:\n${this.#unsteady.join('\n')}`);
  }
}
