import type { Command } from 'commander';
import type { Problem } from '../client/api.ts';
import type { Tone } from '../terminal/terminal.ts';
import { duration, oneLine, shorten } from '../terminal/text.ts';
import { showList, type ClientOptions, type CommandContext } from './context.ts';

interface ProblemsOptions extends ClientOptions {
  readonly all?: boolean;
}

const severityTones: Readonly<Record<string, Tone>> = {
  critical: 'bad',
  error: 'bad',
  warning: 'waiting',
};

/** `signalbox problems`: what sources report on, many reports in one line. */
export function addProblems(parent: Command, context: CommandContext): void {
  parent
    .command('problems')
    .description('list the problems that are open, with how often they were reported')
    .option('--all', 'those that are over, too')
    .action(async (_options: ProblemsOptions, command: Command) => {
      const options = command.optsWithGlobals<ProblemsOptions>();
      const path = options.all ? '/api/problems' : '/api/problems?status=open';
      const list = { path, which: 'last reported' };
      await showList<Problem>(context, options, list, (problems) =>
        printProblems(problems, context),
      );
    });
}

/** Two lines for each: what it is, and what is known of it. */
function printProblems(problems: readonly Problem[], { terminal, now }: CommandContext): void {
  const { paint, columns } = terminal;
  if (problems.length === 0) return terminal.line('There are none.');
  const marks = problems.map(({ status, severity }) =>
    status === 'resolved' ? 'over' : oneLine(severity ?? '-'),
  );
  const width = Math.max(...marks.map((mark) => mark.length));
  const room = columns === undefined ? undefined : columns - width - 2;
  problems.forEach((problem, index) => {
    const mark = marks[index] ?? '';
    const tone = problem.status === 'resolved' ? 'good' : (severityTones[mark] ?? 'plain');
    const title = paint('bold', shorten(oneLine(problem.title), room));
    terminal.line(`${paint(tone, mark.padEnd(width))}  ${title}`);
    const facts = factsOf(problem, now()).join(', ');
    terminal.line(`${' '.repeat(width)}  ${paint('dim', shorten(oneLine(facts), room))}`);
  });
  terminal.line(paint('dim', 'what was decided: signalbox why <signal>'));
}

function factsOf(problem: Problem, now: Date): readonly string[] {
  const { first_seen: first, last_seen: last, resolved_at: end, reports, episodes } = problem;
  const since = (iso: string) => duration(now.getTime() - Date.parse(iso));
  return [
    `signal ${problem.signal_id}`,
    problem.source,
    end === null
      ? `open for ${since(first)}`
      : `over since ${since(end)}, after ${duration(Date.parse(end) - Date.parse(first))}`,
    `reported ${times(reports)}${end === null ? `, last ${since(last)} ago` : ''}`,
    ...(episodes > 1 ? [`began ${times(episodes)}`] : []),
  ];
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
