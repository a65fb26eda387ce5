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
     "agent agent.defined 1 49b1df4808548",
     "approval approval.expired 1 d1a22280bd4c9",
     "approval approval.granted 1 e9ffb85b38899",
     "approval approval.rejected 1 5dc661489e4aa",
     "approval approval.requested 1 a0d1c2b0504f6",
     "control control.halted 1 54b660282b78c",
     "control control.resumed 1 54b660282b78c",
     "conversation conversation.continued 1 bced1b919a790",
     "dead_letter dead_letter.redriven 1 cf5f10aad7219",
     "delivery delivery.refused 1 4324a054a3f10",
     "execution execution.activated 1 728f8dbeab09b",
     "execution execution.approval_awaited 1 91bb800017405",
     "execution execution.approval_observed 1 0269eb6f4a19c",
     "execution execution.completed 1 43d728077867a",
     "execution execution.failed 1 7f2c2c55466e3",
     "execution execution.halted 1 4a0fb98367844",
     "execution execution.model_answered 1 4fa1a74a7bd25",
     "execution execution.model_call_requested 1 ad2e0f76f37ef",
     "execution execution.model_failed 1 967c4a360218d",
     "execution execution.rejected 1 df642b32e0fa1",
     "execution execution.started 1 2000f1efdb296",
     "execution execution.tool_requested 1 34ef8859ff280",
     "execution execution.tool_settled 1 5627d147376ff",
     "overdue signal.overdue 1 fac413bc9e316",
     "problem problem.opened 1 2e46207b7f67e",
     "problem problem.repeated 1 880cfc8419b3a",
     "problem problem.resolved 1 b1fe3198b7aa7",
     "rule rule.defined 1 f8eb43fae0ede",
     "rule rule.deleted 1 71fc596a20f27",
     "signal decision.made 1 911604fa81c47",
     "signal signal.received 1 0bf054d72fdbe",
     "tool tool.registered 1 f410843d551f0",
     "toolcall toolcall.claimed 1 12c33749d4260",
     "toolcall toolcall.failed 1 f3951f47d4c63",
     "toolcall toolcall.refused 1 8885b79f250b2",
     "toolcall toolcall.succeeded 1 e63b7859e25df",
     "toolcall toolcall.unknown 1 61ac62b5fb2e3",
     "workflow workflow.defined 1 5f05c5c62d1e1",
   ]
  `);
});

it('command subjects and shapes stay as they are', () => {
  const pins = allCommands.map((c) => `${c.service}.${c.name} ${shapeOf(c.schema)}`);
  expect(pins.toSorted()).toMatchInlineSnapshot(`
   [
     "agent-runner.settle-approval 00b24cc26691e",
     "agent-runner.settle-tool b704331df9b0c",
     "agent-runner.start-agent d5c0022cac17e",
     "approval.expire-approval 74b42adb56100",
     "approval.request-approval 870637f2c8732",
     "approval.resolve-approval 8ed286d213320",
     "automation.settle-approval 00b24cc26691e",
     "automation.settle-tool b704331df9b0c",
     "automation.start-workflow f95e480e4a143",
     "router.define-rule b8f8e198c584c",
     "router.delete-rule 719967ef3eeb9",
     "tool-gateway.invoke-tool 0ea8030109f95",
   ]
  `);
});
