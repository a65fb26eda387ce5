import { approvalProjection } from './approval.projection.ts';
import { auditProjection } from './audit.projection.ts';
import { executionProjection } from './execution.projection.ts';
import { problemProjection } from './problem.projection.ts';
import { signalProjection } from './signal.projection.ts';
import { stepProjection } from './step.projection.ts';
import { toolCallProjection } from './tool-call.projection.ts';

/** What the read models consist of. They share one checkpoint, so they always agree. */
export const allProjections = [
  auditProjection,
  signalProjection,
  problemProjection,
  executionProjection,
  stepProjection,
  toolCallProjection,
  approvalProjection,
];
