import type { Agent } from '@signalbox/contracts';
import { newId } from '@signalbox/kernel';
import { eventually } from '@signalbox/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRouting, resultsIn, routedTo, textOf, type Reply } from '../model/conversation.ts';
import { ScriptedModel } from '../model/scripted-model.ts';
import { EffectCounter } from '../outside/effect-counter.ts';
import { writeGatewayFiles } from '../outside/gateway-files.ts';
import { AuditLog, ofType, type AuditEvent } from './audit-log.ts';
import { Fleet } from './fleet.ts';
import { whenAnswered } from './when-answered.ts';

/** Longer than a lost message takes to be given to somebody else (30 s), on a slow machine too. */
const STEP_MAX_MS = 120_000;
const ends = /^execution\.(completed|failed|rejected|halted)$/;

export interface StageOptions {
  readonly members: readonly string[];
  readonly agents: readonly Agent[];
  /**
   * What the model says for an agent after so many tool results. An agent is told by its role,
   * `You are <id>.`, and a signal is routed by its title, which has `agent=<id>`.
   */
  script(agent: string, results: number, counterUrl: string): Reply;
  /** PATH and HOME. */
  readonly shell: Readonly<Record<string, string>>;
}

/** A fleet, a model that does as it is told, and a counter of effects: for stories of runs. */
export class Stage {
  readonly fleet: Fleet;
  readonly model: ScriptedModel;
  readonly counter: EffectCounter;
  readonly log: AuditLog;

  private constructor(fields: Pick<Stage, 'fleet' | 'model' | 'counter'>) {
    this.fleet = fields.fleet;
    this.model = fields.model;
    this.counter = fields.counter;
    this.log = new AuditLog(fields.fleet.connection);
  }

  static async start(options: StageOptions, bed: AsyncDisposableStack): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), 'signalbox-stage-'));
    bed.defer(() => rm(folder, { recursive: true, force: true }));
    const effectsFile = join(folder, 'effects.txt');
    const counter = await EffectCounter.start(effectsFile);
    bed.defer(() => counter.stop());
    const model = await ScriptedModel.start((asked) => {
      const text = textOf(asked);
      const [, routed = ''] = /agent=(\w+)/.exec(text) ?? [];
      if (isRouting(asked)) return routedTo(routed, `Do what agent=${routed} does.`);
      const [, agent = ''] = /You are (\w+)\./.exec(text) ?? [];
      return options.script(agent, resultsIn(asked), counter.url);
    });
    bed.defer(() => model.stop());
    const config = await writeGatewayFiles({ folder, counterUrl: counter.url, effectsFile });
    const { members, agents, shell } = options;
    const env = {
      ...shell,
      SIGNALBOX_GATEWAY_CONFIG: config,
      SIGNALBOX_MODEL_BASE_URL: model.baseUrl,
      SIGNALBOX_MODEL: 'scripted',
      // So that the key for both roles counts.
      SIGNALBOX_ROUTER_MODEL_API_KEY: '',
      SIGNALBOX_AGENT_MODEL_API_KEY: '',
    };
    const fleet = await Fleet.start({ folder, members, agents, env }, bed);
    return new Stage({ fleet, model, counter });
  }

  /** @returns the id of the run that a signal leads to. */
  async begin(agent: string, title: string, labels: object = {}): Promise<string> {
    const body = { source: 'stage', event_type: 'Case', title: `${title} agent=${agent}`, labels };
    const key = newId();
    const id = await whenAnswered(async () => {
      const sent = await this.fleet.call('/api/webhook', { body, key });
      if (!sent.ok) throw new Error(`the signal was refused: ${sent.status}`);
      return ((await sent.json()) as { signal_id: string }).signal_id;
    });
    const decision = await this.event(id, 'decision.made');
    return (decision.data as { executionId: string }).executionId;
  }

  /** All events so far of a run, a call, a signal or a lease. */
  async story(id: string): Promise<readonly AuditEvent[]> {
    await whenAnswered(() => this.log.refresh());
    return this.log.events.filter(({ record }) => record.aggregateId === id);
  }

  /** The first event of a type in the story of `id`, once it is there. */
  event<Type extends AuditEvent['type']>(
    id: string,
    type: Type,
  ): Promise<Extract<AuditEvent, { readonly type: Type }>> {
    const look = async () => ofType(await this.story(id), type)[0];
    return eventually(look, STEP_MAX_MS, `${type} of ${id}`);
  }

  /** How a run ended, once it has. */
  end(run: string): Promise<AuditEvent> {
    const look = async () => (await this.story(run)).find(({ type }) => ends.test(type));
    return eventually(look, STEP_MAX_MS, `the end of ${run}`);
  }
}
