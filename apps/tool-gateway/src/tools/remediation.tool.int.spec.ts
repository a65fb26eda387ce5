import type { JsonObject } from '@signalbox/kernel';
import { eventually } from '@signalbox/testing';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gatewayConfigSchema } from '../gateway-config/gateway-config.schema.ts';
import type { ToolResult } from '../ports/tool.port.ts';
import { toolboxFor } from './peer.fixture.spec.ts';
import { RemediationTool } from './remediation.tool.ts';

const folder = mkdtempSync(join(tmpdir(), 'signalbox-remediation-'));
afterAll(() => rmSync(folder, { recursive: true }));

const call = (signal = new AbortController().signal) => ({ callId: 'CALL1', signal });

function toolOf(script: string, { timeoutMs = 10_000, outputBytesMax = 12_000 } = {}) {
  const argv = ['node', '-e', script, '--', '{{target}}', '{{callId}}'];
  return toolFor({ argv, timeoutMs }, outputBytesMax);
}

function toolFor(act: object, outputBytesMax = 12_000) {
  const { remediation: config } = gatewayConfigSchema.parse({
    remediation: { unsandboxed: true, commands: { act } },
  });
  if (!config) throw new Error('no remediation');
  return new RemediationTool(config, toolboxFor({ folder }), outputBytesMax);
}

function stdoutOf(result: ToolResult): string {
  if (result.status !== 'succeeded') throw new Error(result.message);
  return (result.result as { stdout: string }).stdout;
}

const run = (tool: RemediationTool, target = 'checkout', signal?: AbortSignal) =>
  tool.run({ command: 'act', target }, call(signal));

describe('execute_remediation', () => {
  it('runs the listed program with the target and the effect key', async () => {
    const tool = toolOf('console.log(process.argv.slice(1).join(), process.env.SIGNALBOX_CALL_ID)');
    expect(await run(tool)).toEqual({
      status: 'succeeded',
      result: {
        command: 'act',
        target: 'checkout',
        exitCode: 0,
        stdout: 'checkout,CALL1 CALL1\n',
        stderr: '',
        truncated: false,
      },
    });
  });

  it('GTW-1: gives the program nothing of our environment', async () => {
    process.env.SIGNALBOX_CANARY = 'secret';
    const result = await run(toolOf('console.log(JSON.stringify(process.env))'));
    delete process.env.SIGNALBOX_CANARY;
    expect(Object.keys(JSON.parse(stdoutOf(result)) as JsonObject).toSorted()).toEqual([
      'PATH',
      'SIGNALBOX_CALL_ID',
    ]);
  });

  it('GTW-7: takes shell words for text', async () => {
    const proof = join(folder, 'proof');
    const words = [
      `$(touch ${proof})`,
      `\`touch ${proof}\``,
      `; touch ${proof} #`,
      `x\ntouch ${proof}`,
    ];
    const tool = toolOf('console.log(JSON.stringify(process.argv[1]))');
    for (const target of [...words, '{{callId}}', '$&', '%s', '--eval=1']) {
      const result = await run(tool, target);
      expect(JSON.parse(stdoutOf(result))).toBe(target);
    }
    expect(existsSync(proof)).toBe(false);
  });

  it.each(['--force', '-oProxyCommand=sh', '-', 'a\nb', 'a\0b', 'a\u0085b'])(
    'GTW-7: objects to the target %j, whatever the configuration says that targets are',
    (target) => {
      const argv = ['node', '{{target}}'];
      const objection = toolFor({ argv, targets: '(?s).*' }).objectionTo({
        command: 'act',
        target,
      });
      expect(objection).toMatch(/option|control/);
    },
  );

  it.each(['--force', '', 'a b', 'a;b', '../x', 'a\nb', '$(x)', 'é', 'x'.repeat(101)])(
    'GTW-5: objects to the target %j before anything runs',
    (target) => {
      expect(toolOf('').objectionTo({ command: 'act', target })).toMatch(/targets that match/);
      expect(toolOf('').objectionTo({ command: 'act', target: 'eu-west' })).toBeUndefined();
    },
  );

  it('fails with what the program says when it ends with another code than 0', async () => {
    const result = await run(toolOf('console.error("no such service"); process.exit(3)'));
    const message = 'act checkout ended with exit code 3: no such service';
    expect(result).toEqual({ status: 'failed', code: 'exit_code', message });
  });

  it('fails when the program cannot be started', async () => {
    expect(await run(toolFor({ argv: ['./not-there'] }))).toMatchObject({
      status: 'failed',
      code: 'not_started',
    });
  });

  it('stops the program and what it started when the time is up, even if they will not', async () => {
    const pidFile = join(folder, 'child-pid');
    const stubborn = 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000);';
    const tool = toolOf(
      `const child = require("node:child_process").spawn(process.execPath,
         ["-e", ${JSON.stringify(stubborn)}]);
       require("node:fs").writeFileSync(${JSON.stringify(pidFile)}, String(child.pid));
       ${stubborn}`,
      { timeoutMs: 4_000 },
    );
    expect(await run(tool)).toMatchObject({ status: 'interrupted', code: 'timeout' });
    const pid = Number(readFileSync(pidFile, 'utf8'));
    await eventually(() => !isRunning(pid));
  });

  it('CTL-1: ends what a program has started that stops at once when it is told to', async () => {
    const pidFile = join(folder, 'left-pid');
    // It holds none of the program's outputs, and is not told by it to stop.
    const tool = toolOf(
      `const { spawn } = require("node:child_process");
       const stubborn = 'process.on("SIGTERM", () => {}); console.log(1); setInterval(() => {}, 99);';
       const child = spawn(process.execPath, ["-e", stubborn], { stdio: ["ignore", "pipe", "ignore"] });
       child.stdout.once("data", () => {
         require("node:fs").writeFileSync(${JSON.stringify(pidFile)}, String(child.pid));
       });
       setInterval(() => {}, 1000);`,
    );
    const controller = new AbortController();
    const started = run(tool, 'checkout', controller.signal);
    await eventually(() => existsSync(pidFile) && readFileSync(pidFile, 'utf8') !== '');
    controller.abort();
    expect(await started).toMatchObject({ status: 'interrupted', code: 'cancelled' });
    const pid = Number(readFileSync(pidFile, 'utf8'));
    try {
      await eventually(() => !isRunning(pid));
    } finally {
      if (isRunning(pid)) process.kill(pid, 'SIGKILL');
    }
  });

  it('fails before anything was started when what it may write to cannot be made', async () => {
    writeFileSync(join(folder, 'no-folder'), '');
    const sandbox = { write: ['./no-folder/state/'] };
    const { remediation: config } = gatewayConfigSchema.parse({
      remediation: { sandbox, commands: { act: { argv: ['node', '-e', '0'] } } },
    });
    const tool = new RemediationTool(config, toolboxFor({ bwrap: 'true', folder }), 9_999);
    expect(await run(tool)).toMatchObject({ status: 'failed', code: 'not_started' });
  });

  it('fails when a credential cannot be given to the program', async () => {
    const { remediation: config } = gatewayConfigSchema.parse({
      remediation: {
        unsandboxed: true,
        env: { TOKEN: { secret: 'env:TOKEN' } },
        commands: { act: { argv: ['node', '-e', '0'] } },
      },
    });
    const toolbox = toolboxFor({ env: { TOKEN: 'a\0b-of-a-file' }, folder });
    const tool = new RemediationTool(config, toolbox, 9_999);
    expect(await run(tool)).toMatchObject({ status: 'failed', code: 'not_started' });
  });

  it('CTL-1: stops the program when the signal is aborted', async () => {
    const controller = new AbortController();
    const started = run(toolOf('setInterval(() => {}, 1000)'), 'checkout', controller.signal);
    controller.abort();
    expect(await started).toMatchObject({ status: 'interrupted', code: 'cancelled' });
  });

  it('does not wait for a service that the program left running', async () => {
    const tool = toolOf(
      `const child = require("node:child_process").spawn("sleep", ["60"], {stdio: "inherit"});
       console.log(child.pid); child.unref();`,
    );
    const startedAt = performance.now();
    const result = await run(tool);
    expect(performance.now() - startedAt).toBeLessThan(30_000);
    const pid = Number(stdoutOf(result));
    expect(isRunning(pid)).toBe(true);
    process.kill(pid);
  });

  it('keeps the beginning of a long output and says that it did', async () => {
    const tool = toolOf('process.stdout.write("\\u0001".repeat(5_000_000))');
    const { result } = (await run(tool)) as { result: JsonObject };
    expect(result).toMatchObject({ exitCode: 0, truncated: true });
    expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThan(12_000);
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // Killed, but not yet collected by whoever inherited it.
  return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
}
