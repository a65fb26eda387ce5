import type { Asked } from '../../model/conversation.ts';
import { HELPERS_ROLE, placeOf, replyTo, titleOf } from './script.ts';

const url = 'http://127.0.0.1:1';
const asked = (run: number, results: number, tool = 'call_api'): Asked => ({
  messages: [
    { role: 'user', content: titleOf(run) },
    ...Array.from({ length: results }, () => ({ role: 'tool', content: 'done' })),
  ],
  tools: [{ function: { name: tool } }],
});
const names = (run: number, results: number): readonly string[] => {
  const reply = replyTo(placeOf(asked(run, results)), url);
  return 'calls' in reply ? reply.calls.map(({ name }) => name) : [];
};

describe('the script of the model', () => {
  it('AGT-2: routes whatever it is asked to route', () => {
    const reply = replyTo(placeOf(asked(7, 0, 'route_to_agent')), url);
    expect(reply).toMatchObject({ calls: [{ name: 'route_to_agent' }] });
  });

  it('AGT-2: follows from the conversation alone, step by step to the end', () => {
    expect(names(6, 0)).toEqual(['call_api']);
    expect(names(6, 1)).toEqual(['call_api', 'call_api']);
    expect(names(6, 3)).toEqual(['execute_remediation']);
    expect(names(6, 4)).toEqual(['call_api']);
    expect(names(6, 5)).toEqual([]);
    expect(names(1, 1)).toEqual(['call_api']);
    expect(names(1, 2)).toEqual([]);
    expect(names(5, 1)).toEqual(['agent__chaos_helper']);
  });

  it('AGT-3: lets a helper do one thing', () => {
    const helped = (results: number) => {
      const { messages } = asked(5, results);
      const role = { role: 'system', content: HELPERS_ROLE };
      return replyTo(placeOf({ messages: [role, ...messages] }), url);
    };
    expect(helped(0)).toMatchObject({ calls: [{ name: 'call_api' }] });
    expect(helped(1)).toEqual({ text: 'Case 5 is done.' });
  });
});
