import { AppError, type Decider } from '@signalbox/kernel';
import { specOf } from './decider-spec.ts';

const door: Decider<boolean, 'open' | 'break', 'opened'> = {
  initialState: () => false,
  decide: (command, open) => {
    if (command === 'break') {
      throw new AppError({ code: 'door_is_solid', kind: 'forbidden', message: 'no' });
    }
    return open ? [] : ['opened'];
  },
  evolve: () => true,
};

describe('the spec of a decider', () => {
  const { given } = specOf(door);

  it('holds what was decided against what was expected', () => {
    given([]).when('open').then(['opened']);
    given(['opened']).when('open').then([]);
    given([]).when('break').thenThrows('door_is_solid');
  });

  it('fails when they differ', () => {
    expect(() => given([]).when('open').then([])).toThrow(/opened/);
    expect(() => given([]).when('open').thenThrows('door_is_solid')).toThrow(/nothing was thrown/);
    expect(() => given([]).when('break').thenThrows('other')).toThrow(/door_is_solid/);
  });
});
