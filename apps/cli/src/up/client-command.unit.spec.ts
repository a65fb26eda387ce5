import { clientCommand } from './client-command.ts';

describe('the command that is printed', () => {
  it.each([
    ['/srv/ops/.signalbox', 'npx signalbox'],
    ['/tmp/home', 'SIGNALBOX_HOME=/tmp/home npx signalbox'],
    ["/tmp/it's mine", "SIGNALBOX_HOME='/tmp/it'\\''s mine' npx signalbox"],
    ['/tmp/$(x)', "SIGNALBOX_HOME='/tmp/$(x)' npx signalbox"],
  ])('CLI-1: with the home %s, typed in /srv/ops, is %s', (home, command) => {
    expect(clientCommand(home, '/srv/ops')).toBe(command);
  });
});
