import { digestOf } from '@signalbox/kernel';
import { z } from 'zod';
import { allCommands, allEvents } from './index.ts';

const shapeOf = (schema: z.ZodType) =>
  digestOf(z.toJSONSchema(schema, { unrepresentable: 'any' })).slice('sha256:'.length, 20);

/**
 * Recorded events outlive every release. A line that changes here is either an additive change
 * (update the line) or needs an upcaster and a golden file of the old event.
 */
it('event names, aggregates, versions and shapes stay as they are', () => {
  const pins = allEvents.map(
    (e) => `${e.aggregate} ${e.type} ${e.schemaVersion} ${shapeOf(e.schema)}`,
  );
  expect(pins.toSorted()).toMatchInlineSnapshot(`
   [
     "agent agent.defined 1 5f53f923b96f9",
     "agent agent.deleted 1 71fc596a20f27",
     "approval approval.expired 1 d1a22280bd4c9",
     "approval approval.granted 1 e9ffb85b38899",
     "approval approval.rejected 1 5dc661489e4aa",
     "approval approval.requested 1 a0d1c2b0504f6",
     "approval approval.withdrawn 1 35726bcd177f5",
     "control control.halted 1 54b660282b78c",
     "control control.resumed 1 54b660282b78c",
     "conversation conversation.continued 1 bced1b919a790",
     "dead_letter dead_letter.redriven 1 cf5f10aad7219",
     "delivery delivery.refused 1 4324a054a3f10",
     "execution execution.activated 1 728f8dbeab09b",
     "execution execution.approval_awaited 1 91bb800017405",
     "execution execution.approval_observed 1 0269eb6f4a19c",
     "execution execution.budget_reached 1 bf47226be5343",
     "execution execution.completed 1 43d728077867a",
     "execution execution.failed 1 44f834cb0e5d1",
     "execution execution.halted 1 4a0fb98367844",
     "execution execution.lease_awaited 1 06d6c9e8e3c81",
     "execution execution.lease_observed 1 824bfea430517",
     "execution execution.model_answered 1 e0a07161c3d23",
     "execution execution.model_call_requested 1 c3dad81c047fd",
     "execution execution.model_failed 1 b176a66357e91",
     "execution execution.rejected 1 df642b32e0fa1",
     "execution execution.started 1 1f3ba92eece08",
     "execution execution.tool_requested 1 34ef8859ff280",
     "execution execution.tool_settled 1 7ff7e6c288232",
     "gateway gateway.programs_unsandboxed 1 e2a45752c7c65",
     "lease lease.expired 1 3d902058d5ea4",
     "lease lease.granted 1 9e12e0e572d1e",
     "lease lease.released 1 3d902058d5ea4",
     "lease lease.renewed 1 9e12e0e572d1e",
     "lease lease.requested 1 3d902058d5ea4",
     "overdue signal.overdue 1 fac413bc9e316",
     "problem problem.opened 1 2e46207b7f67e",
     "problem problem.repeated 1 880cfc8419b3a",
     "problem problem.resolved 1 b1fe3198b7aa7",
     "rule rule.defined 1 f8eb43fae0ede",
     "rule rule.deleted 1 71fc596a20f27",
     "signal decision.made 1 df8ad83813931",
     "signal signal.received 1 0bf054d72fdbe",
     "tool tool.registered 1 42f3e28a88391",
     "toolcall toolcall.claimed 1 ea95eb8dc777f",
     "toolcall toolcall.failed 1 f3951f47d4c63",
     "toolcall toolcall.refused 1 293321ac0d23e",
     "toolcall toolcall.resolved 1 c88066846ba53",
     "toolcall toolcall.succeeded 1 10b3fc474fc45",
     "toolcall toolcall.unknown 1 61ac62b5fb2e3",
     "workflow workflow.defined 1 5f05c5c62d1e1",
   ]
  `);
});

it('command subjects and shapes stay as they are', () => {
  const pins = allCommands.map((c) => `${c.service}.${c.name} ${shapeOf(c.schema)}`);
  expect(pins.toSorted()).toMatchInlineSnapshot(`
   [
     "agent-runner.cancel cb732817a5ba7",
     "agent-runner.continue 3d902058d5ea4",
     "agent-runner.define-agent eff8b9d1d856d",
     "agent-runner.delete-agent 6b059a5392fb1",
     "agent-runner.settle-approval 00b24cc26691e",
     "agent-runner.settle-lease 58ac8197c170e",
     "agent-runner.settle-tool 7d8d264b16a8d",
     "agent-runner.start-agent 7e8e57da8a77d",
     "approval.expire-approval 74b42adb56100",
     "approval.request-approval 870637f2c8732",
     "approval.resolve-approval 8ed286d213320",
     "approval.withdraw-approval b13bac88d37f3",
     "automation.cancel cb732817a5ba7",
     "automation.settle-approval 00b24cc26691e",
     "automation.settle-tool 7d8d264b16a8d",
     "automation.start-workflow 4c0b1783027df",
     "router.define-rule b8f8e198c584c",
     "router.delete-rule 719967ef3eeb9",
     "tool-gateway.invoke-tool 7884a71fb6ca0",
     "tool-gateway.resolve-call c31b764c5100c",
   ]
  `);
});
