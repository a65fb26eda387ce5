import { conversationContinued } from '@signalbox/contracts';
import { deriveId, fold, newId } from '@signalbox/kernel';
import { busyMs, specOf } from '@signalbox/testing';
import {
  conversationDecider,
  type ConversationEvent,
  REMEMBERED_MAX,
  saidBefore,
} from './conversation.decider.ts';

/** Of the processor. Copying all of it for each turn takes over ten times as long. */
const FOLDED_MAX_MS = 1_000;
const { given } = specOf(conversationDecider);
const [first, second] = [newId(), newId()];
const saidFirst = conversationContinued.of({ signalId: first });
const saidSecond = conversationContinued.of({ signalId: second });

describe('a conversation', () => {
  it('SIG-7: goes on with what is said next', () => {
    given([saidFirst]).when({ signalId: second }).then([saidSecond]);
  });

  it('SIG-7: keeps the last of what was said, and counts the rest, in a time that its length sets', () => {
    const ids = Array.from({ length: 40_000 }, (_, n) => deriveId(first, n));
    const events = ids.map((signalId) => conversationContinued.of({ signalId }));
    const begun = busyMs();
    const said = fold(conversationDecider, events as ConversationEvent[]);
    expect(busyMs() - begun).toBeLessThan(FOLDED_MAX_MS);
    expect(said).toEqual({ count: 40_000, lately: ids.slice(-REMEMBERED_MAX) });
    const before = (n: number, max: number) => saidBefore(said, ids[n] ?? '', max);
    expect(before(39_999, 2)).toEqual({ shown: ids.slice(39_997, 39_999), omitted: 39_997 });
    expect(before(39_745, 20)).toEqual({ shown: ids.slice(39_744, 39_745), omitted: 39_744 });
    expect(before(7, 20).shown).toEqual([]);
  });

  it('SIG-7: does not repeat what is delivered again', () => {
    given([saidFirst, saidSecond]).when({ signalId: first }).then([]);
  });
});
