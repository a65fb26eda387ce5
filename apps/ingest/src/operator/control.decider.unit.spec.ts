import { controlHalted, controlResumed, type ControlEvent } from '@signalbox/contracts';
import { fold } from '@signalbox/kernel';
import { controlDecider } from './control.decider.ts';

const halted = controlHalted.of({ reason: 'why' });
const resumed = controlResumed.of({ reason: 'why' });

const decide = (given: readonly ControlEvent[], to: 'halted' | 'running') =>
  controlDecider.decide({ to, reason: 'why' }, fold(controlDecider, given));

describe('the kill switch', () => {
  it('CTL-1: halts what runs', () => {
    expect(decide([], 'halted')).toEqual([halted]);
    expect(decide([halted, resumed], 'halted')).toEqual([halted]);
  });

  it('CTL-1: resumes what is halted', () => {
    expect(decide([halted], 'running')).toEqual([resumed]);
  });

  it('CTL-1: is no event when it stands there already', () => {
    expect(decide([halted], 'halted')).toEqual([]);
    expect(decide([], 'running')).toEqual([]);
    expect(decide([halted, resumed], 'running')).toEqual([]);
  });
});
