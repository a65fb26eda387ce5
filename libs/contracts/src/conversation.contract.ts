import { defineEvent } from '@signalbox/kernel';
import { z } from 'zod';
import { ulid } from './shared.schemas.ts';

export const conversationContinued = defineEvent({
  type: 'conversation.continued',
  aggregate: 'conversation',
  summary: 'A person said something in a conversation; what was answered is in the signal’s log.',
  schema: z.object({ signalId: ulid }),
});
