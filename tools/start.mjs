// `npm start`: installs what is missing, builds what is stale, then `signalbox up`.
import { become, install, run } from './bootstrap.mjs';

install();
run('tsc', ['-b']);
become(['apps/cli/bin/signalbox.mjs', 'up', ...process.argv.slice(2)]);
