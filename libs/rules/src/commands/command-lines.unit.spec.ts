import { cpuMsOf } from '../signals.fixture.spec.ts';
import { commandLines } from './command-lines.ts';

describe('commandLines', () => {
  it.each([
    ['systemctl restart nginx', []],
    [
      'sudo rm --force -R -v -- //tmp/../x "a b"',
      ['sudo rm --force -R -v -- //tmp/../x a b', 'rm -f -r -v /x a b'],
    ],
    ['rm -f -- -r', ['rm -f ./-r']],
    ['cd /srv && rm -r *.log', ['rm -r /srv/*.log']],
    ['chmod --recursive 777 /etc/', ['chmod -r 777 /etc']],
    ['chown -R root:root /', ['chown -r root:root /']],
    ['ssh -p 22 -l root h uptime', ['ssh root@h']],
    ['ssh h', ['ssh h']],
    ['ssh -l a b@h; ssh b@h -l a', ['ssh a@h', 'ssh b@h']],
    ['rm -r a # b', ['rm -r a']],
    ['env -C /srv rm -r a', ['rm -r /srv/a']],
    ['x=abc; ls ${x:1} ${x#a} ${x%c} ${x##*} ${x/b}', ['ls bc bc ab abc']],
    ['ssh -J a@b,c d', ['ssh a@b', 'ssh c', 'ssh d']],
    [`k'ube'ctl de\\lete ns prod`, ['kubectl delete ns prod']],
    ['a=delete; kubectl $a ns', ['kubectl delete ns']],
    ['echo "x; kubectl delete ns"', ['echo x; kubectl delete ns']],
    ['rm -x --unheard-of=1 f', ['rm --unheard-of -x f']],
  ])('RUL-3: %j', (text, lines) => {
    expect(commandLines(text)).toEqual(lines);
  });

  it.each([
    ["'", "'"],
    ['quotes', `"a 'b `],
    ['variables', `x=${'y'.repeat(250)};${'$x'.repeat(30_000)}`],
    ['braces', '{a,{b,'],
    ['choices', `{${','.repeat(100)}} `],
    ['substitutions', '$(echo '],
    ['ssh', 'ssh -l '],
    ['rm', 'rm / '],
    ['slashes', '/../'],
    ['escapes', '\\'],
    ['redirections', '1>'],
    ['marks', '/]]]'],
    ['loops', 'for d in / / /; $d '],
    ['arguments', 'set -- / / /; "$@" '],
    ['input', 'read x <<< /; $x '],
    ['folders', 'pushd / -C / -C /; '],
    ['folders within', `cd /; ${'cd a; -C b '.repeat(5_500)}`],
    ['comments', '# '],
  ])('RUL-3: takes a time and space linear in a flood of %s', (_, part) => {
    const text = part.repeat(Math.ceil(65_536 / part.length)).slice(0, 131_072);
    let chars = 0;
    const tookMs = cpuMsOf(() => {
      chars = commandLines(text).reduce((sum, line) => sum + line.length, 0);
    });
    expect(tookMs).toBeLessThan(2_000);
    expect(chars).toBeLessThan(8 * text.length);
  });
});
