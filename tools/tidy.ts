// What lint cannot say about this repository. `npm run tidy`; fails with a line per problem.
import { dependencies } from './tidy/dependencies.ts';
import { layers } from './tidy/layers.ts';
import { links } from './tidy/links.ts';
import { promises } from './tidy/promises.ts';
import { environmentReads, fileShape, forbiddenText } from './tidy/shape.ts';
import { repositoryFiles } from './tidy/workspace.ts';

const files = repositoryFiles();
const checks = [layers, dependencies, fileShape, environmentReads, forbiddenText, links, promises];
const problems = checks.flatMap((check) => check(files));
for (const problem of problems) console.error(problem);
console.log(`tidy: ${files.length} files, ${problems.length} problems`);
process.exit(problems.length === 0 ? 0 : 1);
