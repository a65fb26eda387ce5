import { eventually } from '@signalbox/testing';
import { Platform } from '../platform.ts';
import { signalbox } from '../signalbox.ts';
import { answerApproval, effectsOf, endOf, eventOf, sendSignal, slowCheckout } from '../stories.ts';

describe('the kill switch', () => {
  let platform: Platform;

  beforeAll(async () => {
    platform = await Platform.start({ args: ['--no-sample'] });
  });
  afterAll(() => platform.stopAndForget());

  it('CTL-1: stops what is under way and what comes in, survives a restart, and resume does not revive', async () => {
    const before = await sendSignal(platform, slowCheckout('Checkout latency, before the halt'));
    const { aggregate_id: approvalId } = await eventOf(platform, before, 'approval.requested');
    const killed = await signalbox(['kill', '--reason', 'drill'], platform.clientEnv);
    expect(killed).toMatchObject({ code: 0 });

    await platform.stop();
    platform = await Platform.start({ home: platform.home, args: ['--no-sample'] });
    const during = await sendSignal(platform, slowCheckout('Checkout latency, during the halt'));
    expect(await eventOf(platform, during, 'decision.made')).toMatchObject({
      data: { outcome: 'halted' },
    });

    expect(await signalbox(['resume'], platform.clientEnv)).toMatchObject({ code: 0 });
    const refusal = async () => {
      const status = await answerApproval(platform, approvalId, true);
      // Stored, and not yet looked at.
      return status !== 202 && status;
    };
    expect(await eventually(refusal)).toBe(409);
    await answerApproval(platform, approvalId, false);
    expect(await endOf(platform, before)).toMatchObject({ type: 'execution.rejected' });
    expect(await effectsOf(platform)).toEqual([]);

    const after = await sendSignal(platform, slowCheckout('Checkout latency, after the halt'));
    await eventOf(platform, after, 'approval.requested');
  });
});
