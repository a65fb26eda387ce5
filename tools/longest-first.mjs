// The order of test files for Jest: whoever takes longest begins first, so that nobody is left alone
// at the end. Jest knows the times of the last run; without one it goes by the sizes of the files,
// which says nothing of a scenario.
import { createRequire } from 'node:module';

// Jest's own, from where Jest itself has it.
const jest = createRequire(import.meta.url).resolve('jest');
const core = createRequire(jest).resolve('@jest/core');
const { default: TestSequencer } = createRequire(core)('@jest/test-sequencer');

export default class LongestFirst extends TestSequencer {
  sort(tests) {
    return super
      .sort(tests)
      .toSorted((a, b) => Number(isNewScenario(b)) - Number(isNewScenario(a)));
  }
}

function isNewScenario({ path, duration }) {
  return duration === undefined && path.includes('/e2e/');
}
