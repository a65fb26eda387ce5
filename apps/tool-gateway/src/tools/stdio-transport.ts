import {
  type JSONRPCMessage,
  SdkError,
  SdkErrorCode,
  type Transport,
} from '@modelcontextprotocol/client';
import { getDefaultEnvironment } from '@modelcontextprotocol/client/stdio';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { parsedJson } from '../http/parsed-json.ts';
import { Turns } from '../http/turns.ts';
import { InboundMessages } from './inbound-messages.ts';
import { answeredBy, type MessageLine, MessageLines } from './message-lines.ts';

/** For a server to end by itself when it is told to; then likewise when it is asked to. */
const END_MAX_MS = 2_000;
/** What is looked at before others may have their turn. */
const PIECE_BYTES = 4_096;

export interface StdioTransportOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** Besides what the SDK lets every server have. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** `ignore`: nobody reads what it says beside the protocol. */
  readonly stderr?: 'ignore';
  /** Called when the gateway has to end it. */
  readonly onBroken: (because: string) => void;
}

/**
 * Speaks with an MCP server that it starts, a message to a line
 * (https://modelcontextprotocol.io/specification/2025-11-25/basic/transports). Unlike the SDK's it
 * reads no faster than others get their turn, and outlives an answer that is too large.
 */
export class StdioTransport implements Transport {
  onclose: Transport['onclose'];
  onerror: Transport['onerror'];
  onmessage: Transport['onmessage'];
  /** What the server says beside the protocol. */
  readonly stderr = new PassThrough();
  private readonly inbound: InboundMessages;
  private child: ChildProcess | undefined;
  private closing: Promise<void> | undefined;

  constructor(private readonly options: StdioTransportOptions) {
    this.inbound = new InboundMessages({
      deliver: (message) => this.onmessage?.(message),
      end: (because) => this.break(because),
    });
  }

  /** By this, and by `_dispose`, the SDK knows that it may ask a server of its own what it speaks. */
  get _serverParams(): StdioTransportOptions {
    return this.options;
  }

  get pid(): number | null {
    return this.child?.pid ?? null;
  }

  async start(): Promise<void> {
    const { command, args, env, cwd, stderr = 'pipe' } = this.options;
    const child = spawn(command, args, {
      env: { ...getDefaultEnvironment(), ...env },
      stdio: ['pipe', 'pipe', stderr],
      shell: false,
      cwd,
    });
    this.child = child;
    const failed = (error: Error) => this.onerror?.(error);
    child.once('close', () => this.onclose?.());
    child.stdin?.on('error', failed);
    child.stderr?.pipe(this.stderr);
    void this.read(child).catch(failed);
    await once(child, 'spawn');
    child.on('error', failed);
  }

  async send(message: JSONRPCMessage): Promise<void> {
    const { child } = this;
    if (!child?.stdin || this.closing) {
      throw new SdkError(SdkErrorCode.NotConnected, 'Not connected');
    }
    this.inbound.sent(message);
    if (!child.stdin.write(`${JSON.stringify(message)}\n`)) await once(child.stdin, 'drain');
  }

  close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  /** As the SDK ends one that was only started to be asked what it speaks. */
  _dispose(): Promise<void> {
    this.child?.kill('SIGTERM');
    return this.close();
  }

  private async end(): Promise<void> {
    const { child } = this;
    if (!child) return;
    if (runs(child)) {
      const ended = once(child, 'exit');
      const late = () => delay(END_MAX_MS, undefined, { ref: false });
      child.stdin?.end();
      await Promise.race([ended, late()]);
      if (runs(child)) child.kill('SIGTERM');
      await Promise.race([ended, late()]);
      if (runs(child)) child.kill('SIGKILL');
    }
    // What it has started may hold these open, and nothing is read from them any more.
    child.stdout?.destroy();
    child.stderr?.destroy();
  }

  private break(because: string): void {
    if (this.closing || !this.child) return;
    this.child.kill('SIGKILL');
    this.options.onBroken(because);
    void this.close();
  }

  /** What is not read yet waits with the server, which cannot write more then. */
  private async read({ stdout }: ChildProcess): Promise<void> {
    if (!stdout) return;
    const lines = new MessageLines();
    const turns = new Turns();
    for await (const chunk of stdout as AsyncIterable<Uint8Array>) {
      for (let at = 0; at < chunk.length && !this.closing; at += PIECE_BYTES) {
        const piece = chunk.subarray(at, at + PIECE_BYTES);
        for (const line of lines.take(piece)) {
          if (!this.closing) this.take(line);
          if (turns.over) await turns.next();
        }
        if (lines.skips) this.inbound.spend(piece.length);
        if (turns.over) await turns.next();
      }
    }
  }

  private take(line: MessageLine): void {
    if ('text' in line) this.inbound.received(parsedJson(line.text), line.bytes);
    else this.inbound.tooLarge(answeredBy(line));
  }
}

const runs = ({ exitCode, signalCode }: ChildProcess) => exitCode === null && signalCode === null;
