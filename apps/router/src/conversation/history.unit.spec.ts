import { aSignal } from '../signal/signal.fixture.spec.ts';
import { excerpt } from './excerpt.ts';
import { historyOf, turnOf, type Turn } from './history.ts';

const turn = (person: string, answer = 'yes'): Turn => ({ person, status: 'completed', answer });
const many = (count: number) => Array.from({ length: count }, (_, i) => turn(`${i}`));

describe('history', () => {
  it('SIG-7: keeps the last 20 turns and counts those before', () => {
    const { turns, omitted } = historyOf(many(23), 100);
    expect(turns).toHaveLength(20);
    expect(turns[0]?.person).toBe('3');
    expect(omitted).toBe(103);
  });

  it('SIG-7: drops the oldest turns where they are too long together', () => {
    const long = Array.from({ length: 7 }, () => turn('x'.repeat(4_000)));
    const { turns, omitted } = historyOf([...many(5), ...long]);
    expect(omitted).toBe(6);
    expect(turns).toHaveLength(6);
    expect(historyOf([turn('\u0001'.repeat(8_000))])).toEqual({ omitted: 1, turns: [] });
  });

  it('takes what the person wrote, not the title that is cut from it', () => {
    const signal = aSignal({ title: 'Why', payload: { message: 'Why is it slow?' } });
    const outcome = { status: 'running', message: '', steps: [] } as const;
    expect(turnOf({ ...outcome, signal })).toEqual({
      person: 'Why is it slow?',
      status: 'running',
      answer: '',
    });
    expect(turnOf({ ...outcome, signal: aSignal({ title: 'T' }) }).person).toBe('T');
  });
});

describe('excerpt', () => {
  it('leaves what fits as it is', () => {
    expect(excerpt('four', 4)).toBe('four');
  });

  it('keeps both ends and says how much is missing', () => {
    expect(excerpt(`${'a'.repeat(90)}${'z'.repeat(30)}`, 100)).toBe(
      `${'a'.repeat(75)}\n[… 20 characters left out here …]\n${'z'.repeat(25)}`,
    );
  });

  it('leaves no half of a character', () => {
    expect(excerpt(`aa${'😀'.repeat(50)}`, 8).isWellFormed()).toBe(true);
  });
});
