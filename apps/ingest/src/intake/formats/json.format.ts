import { digestOf } from '@signalbox/kernel';
import type { SignalFormat } from '../signal-format.ts';
import { usualMembersOf } from './usual-members.ts';

const SOURCE = 'webhook';
const SHOWN_LENGTH_MAX = 200;

/** Any JSON at all: useful as far as its members have the usual names. */
export const jsonFormat: SignalFormat = {
  name: 'json',
  recognises: () => true,
  read: ({ body, source = SOURCE }) => {
    const { type = 'event', title, ...usual } = usualMembersOf(body);
    return [
      {
        ...usual,
        source,
        type,
        title:
          title ?? `${type} from ${source}: ${JSON.stringify(body).slice(0, SHOWN_LENGTH_MAX)}`,
        // Said again to the letter it is the same event, if its own time is part of that.
        event: usual.startsAt && digestOf(body),
        payload: body,
      },
    ];
  },
};
