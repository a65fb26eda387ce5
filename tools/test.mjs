// `npm test`: installs what is missing, then everything there is to check, cheapest first.
import { install, run } from './bootstrap.mjs';

install();
// One by one: `nx run` fails for a task that does not exist, `run-many` passes with nothing run.
for (const task of ['build', 'types', 'lint', 'tidy', 'unit', 'servers', 'alone']) {
  run('nx', ['run', `signalbox:${task}`, '--outputStyle=stream']);
}
