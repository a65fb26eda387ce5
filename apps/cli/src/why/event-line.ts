import type { ApiEvent } from '../client/api.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { clockTime, fitted, oneLine } from '../terminal/text.ts';
import { describe } from './describe.ts';
import type { Detail } from './trials.ts';

export type Paper = Pick<Terminal, 'paint' | 'columns'>;

const SEQUENCE_WIDTH = 6;
const WHAT_WIDTH = 14;

/** How deep an aggregate stands in the story: a signal leads to a run, that to calls. */
const depths: Readonly<Record<string, number>> = {
  execution: 1,
  approval: 2,
  lease: 2,
  toolcall: 2,
};

const plainPaper: Paper = { paint: (_tone, text) => text };

/** `#12 05:04:12.101  decision  run agent …`, without a line break; whole on paper of no width. */
export function eventLine(event: ApiEvent, paper: Paper = plainPaper): string {
  const { what, text, tone } = describe(event);
  const place = placeOf(event);
  const head = `${indentOf(event)}${oneLine(what).padEnd(WHAT_WIDTH)} `;
  const said = fitted(oneLine(text), place.length + head.length, paper.columns);
  return paper.paint('dim', place) + paper.paint(tone, head + said);
}

/** What belongs to the event and stands beneath its line. */
export function detailLines(
  event: ApiEvent,
  paper: Paper = plainPaper,
  detail: Detail = {},
): readonly string[] {
  const { more = [] } = describe(event, detail);
  const margin = ' '.repeat(placeOf(event).length + indentOf(event).length + 2);
  return more.map((text) =>
    paper.paint('dim', margin + fitted(oneLine(text), margin.length, paper.columns)),
  );
}

function placeOf({ sequence, created_at }: ApiEvent): string {
  return `${`#${sequence}`.padStart(SEQUENCE_WIDTH)} ${clockTime(created_at)}  `;
}

function indentOf({ aggregate }: ApiEvent): string {
  return '  '.repeat(depths[aggregate] ?? 0);
}
