import { FairTurns } from './fair-turns.ts';

const setUp = (turns: number) => {
  const fair = new FairTurns(turns);
  const began: string[] = [];
  const come = (lane: string | undefined, name: string) => {
    void fair.take(lane).then(() => began.push(name));
  };
  /** Lets what is due happen. */
  const settled = async () => {
    for (let n = 0; n < 5; n++) await Promise.resolve();
    return began;
  };
  return { fair, come, settled };
};

describe('fair turns', () => {
  it('are taken at once while there are some', async () => {
    const { come, settled } = setUp(2);
    for (const name of ['a1', 'a2', 'a3']) come('a', name);
    expect(await settled()).toEqual(['a1', 'a2']);
  });

  it('go from lane to lane, and within a lane to who came first', async () => {
    const { fair, come, settled } = setUp(1);
    for (const name of ['a1', 'a2', 'a3', 'a4']) come('a', name);
    for (const name of ['b1', 'b2']) come('b', name);
    come('c', 'c1');
    for (let n = 0; n < 6; n++) fair.giveBack();
    expect(await settled()).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4']);
  });

  it('come first to who is in no lane, however many wait in some', async () => {
    const { fair, come, settled } = setUp(1);
    for (const name of ['a1', 'a2', 'a3']) come('a', name);
    come(undefined, 'first');
    come('b', 'b1');
    come(undefined, 'second');
    for (let n = 0; n < 5; n++) fair.giveBack();
    expect(await settled()).toEqual(['a1', 'first', 'second', 'a2', 'b1', 'a3']);
  });

  it('that nobody waits for are kept for later', async () => {
    const { fair, come, settled } = setUp(1);
    come('a', 'a1');
    fair.giveBack();
    come('b', 'b1');
    come('b', 'b2');
    expect(await settled()).toEqual(['a1', 'b1']);
  });
});
