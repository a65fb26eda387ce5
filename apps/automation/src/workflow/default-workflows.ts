import { workflowSchema, type Workflow } from '@signalbox/contracts';

/** Steps that each run one allow-listed command of the gateway on one target. */
const steps = (target: string, commands: readonly string[]) =>
  commands.map((command) => ({
    name: command,
    tool: 'execute_remediation',
    arguments: { command, target },
  }));

/** Seeded once, under these ids, so that one that was changed stays so. */
export const defaultWorkflows: readonly Workflow[] = [
  {
    id: 'restart_service',
    name: 'Rolling restart',
    description: 'Drain the oldest instance, restart it, verify its health, resume traffic.',
    steps: steps('{{service}}', [
      'drain_instance',
      'restart_instance',
      'verify_health',
      'resume_traffic',
    ]),
  },
  {
    id: 'auto_scale_horizontal',
    name: 'Horizontal auto-scale',
    description: 'Count the instances, add two, verify health.',
    steps: steps('{{service}}', ['get_current_instance_count', 'scale_out', 'verify_health']),
  },
  {
    id: 'flush_cdn_cache',
    name: 'CDN cache flush',
    description: 'Purge the CDN of a region, verify what the origin answers.',
    steps: steps('{{region}}', ['purge_cdn', 'verify_origin_response']),
  },
].map((workflow) => workflowSchema.parse(workflow));
