import type { toolRequested } from '@signalbox/contracts';
import type { DataOf, EventRecord } from '@signalbox/kernel';

/** What has to come before the run goes on, with the event that says so. */
export type Waiting = { readonly record?: EventRecord | undefined } & (
  | {
      readonly for: 'approval';
      readonly approvalId: string;
      /** The tool use that waits; absent when the run itself does. */
      readonly callId?: string | undefined;
    }
  /** Also a sub-agent: to its parent it is a tool. */
  | { readonly for: 'tool'; readonly request: DataOf<typeof toolRequested> }
  /** A model that failed, and is asked again then. */
  | { readonly for: 'timer'; readonly step: number; readonly attempt: number; readonly until: Date }
  | { readonly for: 'lease'; readonly resource: string }
);
