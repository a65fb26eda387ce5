import type { DecisionMade, ExecutionEvent } from '@signalbox/contracts';
import { AppError, type Json, type JsonObject, type RecordedEvent } from '@signalbox/kernel';
import {
  failed,
  type Tool,
  type ToolCall,
  type ToolDefinition,
  type ToolResult,
} from '../ports/tool.port.ts';
import { endOf, executionReport, usageOf } from './execution-report.ts';
import { mediaTypes, render, reportFormats } from './report-document.ts';
import type { Toolbox } from './toolbox.ts';

/** Writes a report on a run, and keeps it. Codes: `no_such_execution`, `report_not_kept`. */
export class ReportTool implements Tool {
  readonly approvalRequired = false;
  /** The same report is kept once. */
  readonly repeatable = true;
  readonly definition: ToolDefinition = {
    name: 'generate_report',
    description:
      'Write a report on a run from its events: timeline, decision, tool calls with their outcomes, ' +
      'tokens and cost. Without executionId: on this run as far as it has come. The answer says ' +
      'where people can fetch it.',
    inputSchema: {
      type: 'object',
      properties: {
        executionId: { type: 'string', pattern: '^[0-9A-HJKMNP-TV-Z]{26}$' },
        format: { type: 'string', enum: [...reportFormats], default: 'markdown' },
      },
      additionalProperties: false,
    },
  };

  constructor(private readonly toolbox: Pick<Toolbox, 'store' | 'blobs' | 'redactor'>) {}

  async run(argumentsGiven: JsonObject, call: ToolCall): Promise<ToolResult> {
    const id = argumentsGiven['executionId'] ?? call.executionId;
    if (typeof id !== 'string') {
      const message = 'No run asks for this, so executionId has to say which one it is about.';
      return failed('no_such_execution', message);
    }
    const format = reportFormats.find((known) => known === argumentsGiven.format) ?? 'markdown';
    const { blobs } = this.toolbox;
    const events = (await this.read('execution', id)) as readonly RecordedEvent<ExecutionEvent>[];
    const [started] = events;
    if (started?.type !== 'execution.started') {
      return failed('no_such_execution', `There is no execution ${JSON.stringify(id)}.`);
    }
    const decision = await this.decisionOn(started.data.signalId);
    const text = render(executionReport({ events, decision }), format);
    try {
      const { digest, bytes } = await blobs.put(Buffer.from(text), mediaTypes[format]);
      const kept = { digest, bytes, mediaType: mediaTypes[format], path: `/api/blobs/${digest}` };
      const status = endOf(events)?.status ?? 'running';
      const result = { executionId: id, status, ...kept, usage: { ...usageOf(events) } };
      return { status: 'succeeded', result };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return failed('report_not_kept', `The report could not be kept: ${error.message}`);
    }
  }

  private async decisionOn(signalId: string): Promise<RecordedEvent<DecisionMade> | undefined> {
    const events = await this.read('signal', signalId);
    return events.find(
      (event): event is RecordedEvent<DecisionMade> => event.type === 'decision.made',
    );
  }

  /** Without secrets: a model may have written one into the arguments of a call, if it was told one. */
  private async read(aggregate: string, id: string): Promise<readonly RecordedEvent[]> {
    const { store, redactor } = this.toolbox;
    const { events } = await store.read({ aggregate, id });
    return events.map((event) => ({ ...event, data: redactor.redactJson(event.data as Json) }));
  }
}
