import { continueTrace } from './trace-context.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('continueTrace', () => {
  it('keeps the trace and its flags and makes a new span', () => {
    const next = continueTrace(`00-${TRACE}-${SPAN}-00`);
    expect(next).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`));
    expect(next).not.toContain(SPAN);
  });

  it.each([
    undefined,
    '',
    'rubbish',
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `ff-${TRACE}-${SPAN}-01`,
  ])('begins a sampled trace in place of %p', (parent) => {
    const next = continueTrace(parent);
    expect(next).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(next).not.toContain(TRACE);
    expect(continueTrace(parent)).not.toBe(next);
  });
});
