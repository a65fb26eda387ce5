import { conversationContinued } from '@signalbox/contracts';
import { newId } from '@signalbox/kernel';
import { specOf } from '@signalbox/testing';
import { conversationDecider } from './conversation.decider.ts';

const { given } = specOf(conversationDecider);
const [first, second] = [newId(), newId()];
const saidFirst = conversationContinued.of({ signalId: first });
const saidSecond = conversationContinued.of({ signalId: second });

describe('a conversation', () => {
  it('SIG-7: goes on with what is said next', () => {
    given([saidFirst]).when({ signalId: second }).then([saidSecond]);
  });

  it('SIG-7: does not repeat what is delivered again', () => {
    given([saidFirst, saidSecond]).when({ signalId: first }).then([]);
  });
});
