import type {
  Agent,
  DefinitionEvent,
  ToolOffer,
  ToolRegistered,
  Workflow,
} from '@signalbox/contracts';
import { matchesPattern, type RecordedEvent } from '@signalbox/kernel';
import { followForever, type EventFeed, type Following } from '@signalbox/messaging';

/** Aggregates that say what can be run, and with what. */
const AGGREGATES = ['agent', 'workflow', 'tool'] as const;

/** A definition as a run is bound to it. */
export interface DefinedTarget<Definition> {
  readonly definition: Definition;
  /** How often it had been defined. */
  readonly version: number;
}

/** The agents, workflows and tools in force, as the audit stream tells of them. */
export class DefinitionCatalogue {
  readonly #agents = new Map<string, DefinedTarget<Agent>>();
  readonly #workflows = new Map<string, DefinedTarget<Workflow>>();
  readonly #tools = new Map<string, ToolOffer>();
  #following: Following | undefined;

  /** Resolves once everything that was defined before is known. */
  async follow(events: EventFeed): Promise<void> {
    this.#following = await followForever(events, {
      name: 'agents, workflows and tools',
      aggregates: AGGREGATES,
      handle: (batch) => batch.forEach((event) => this.#observe(event)),
    });
  }

  async stop(): Promise<void> {
    await this.#following?.stop();
  }

  /** Resolves once all that stood in the stream when this was called is known. */
  async whenCaughtUp(): Promise<void> {
    await this.#following?.whenCaughtUp();
  }

  /**
   * Undefined when there is none, even after catching up with the stream.
   * @throws AppError `unavailable` when that is out of reach.
   */
  async agent(id: string): Promise<DefinedTarget<Agent> | undefined> {
    if (!this.#agents.has(id)) await this.#following?.whenCaughtUp();
    return this.#agents.get(id);
  }

  /** The agents whose ids fit a pattern, in the order of their ids. */
  agents(patterns: readonly string[]): readonly Agent[] {
    return fitting(
      [...this.#agents.values()].map(({ definition }) => definition),
      { patterns, nameOf: ({ id }) => id },
    );
  }

  async workflow(id: string): Promise<DefinedTarget<Workflow> | undefined> {
    if (!this.#workflows.has(id)) await this.#following?.whenCaughtUp();
    return this.#workflows.get(id);
  }

  tool(name: string): ToolOffer | undefined {
    return this.#tools.get(name);
  }

  /** The tools whose names fit a pattern such as `runbooks__*`, in the order of their names. */
  offers(patterns: readonly string[]): readonly ToolOffer[] {
    return fitting([...this.#tools.values()], { patterns, nameOf: ({ name }) => name });
  }

  #observe(recorded: RecordedEvent): void {
    const event = recorded as RecordedEvent<DefinitionEvent | ToolRegistered>;
    const { version } = event.record;
    if (event.type === 'agent.defined') {
      this.#agents.set(event.data.agent.id, { definition: event.data.agent, version });
    } else if (event.type === 'agent.deleted') {
      this.#agents.delete(event.record.aggregateId);
    } else if (event.type === 'workflow.defined') {
      this.#workflows.set(event.data.workflow.id, { definition: event.data.workflow, version });
    } else if (event.type === 'tool.registered') {
      this.#tools.set(event.data.name, event.data);
    }
  }
}

function fitting<Item>(
  items: readonly Item[],
  { patterns, nameOf }: { patterns: readonly string[]; nameOf: (item: Item) => string },
): readonly Item[] {
  return items
    .filter((item) => patterns.some((pattern) => matchesPattern(pattern, nameOf(item))))
    .toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}
