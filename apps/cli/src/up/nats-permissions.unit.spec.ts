import { natsPermissions } from './nats-permissions.ts';

describe('the printed NATS configuration', () => {
  it('GTW-1: gives the gateway an account, its own subjects, and no consumer to make', () => {
    const text = natsPermissions('tool-gateway', { SIGNALBOX_ENV: 'prod' });
    expect(text).toContain('{ service: "audit.prod.toolcall.*" }');
    expect(text).toContain('{ service: "rate.prod.policy.*" }');
    expect(text).toContain('{ service: "$JS.API.DIRECT.GET.RATES", response: stream }');
    expect(text).toContain('"tool-gateway" {');
    expect(text).not.toMatch(
      /CONSUMER\.(CREATE|DELETE)|STREAM\.(CREATE|PURGE|DELETE|UPDATE)|approval/,
    );
  });
});
