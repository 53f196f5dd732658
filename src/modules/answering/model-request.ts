import type { MessageView } from '../messages/message.view.js';
import type { ModelConfig } from '../chatbots/model-config.dto.js';

/** A message as `/chat/completions` takes it. */
export interface ChatMessage {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

/** The one thing that a model can do beside answering. */
export const HANDOFF = 'handoff';

const HANDOFF_PROMPT =
  'Call the tool "handoff" where the customer asks for a person, or where you do not know the answer for certain.';

const TOOLS = [
  {
    type: 'function',
    function: {
      name: HANDOFF,
      description: 'Hands the conversation over to a person. You cannot answer any more after that.',
      parameters: {
        type: 'object',
        properties: { reason: { type: 'string', description: 'Why, in one sentence, for the person who takes over' } },
        required: ['reason'],
        additionalProperties: false,
      },
    },
  },
];

/**
 * The body of a request: the organization's own words first, then the conversation, oldest message first. What the customer
 * wrote stands under the role `user`, and nowhere else.
 */
export function requestFor(config: ModelConfig, messages: readonly MessageView[]): object {
  const { model, systemPrompt, handoffPrompt = HANDOFF_PROMPT, historyMessages, maxTokens } = config;
  const shown = messages.filter(isShown).slice(-historyMessages).map(toChatMessage);
  const system: ChatMessage = { role: 'system', content: `${systemPrompt}\n\n${handoffPrompt}` };
  return { model, messages: [system, ...together(shown)], tools: TOOLS, max_tokens: maxTokens };
}

/** What never reached the customer, and what was taken back, was not said. */
function isShown({ status, text, attachments, metadata }: MessageView): boolean {
  const isEmpty = text === null && listOf(attachments).length === 0 && !hasTemplate(metadata);
  return status !== 'failed' && !isEmpty;
}

function toChatMessage({ direction, text, attachments, metadata }: MessageView): ChatMessage {
  const attached = listOf(attachments).map((attachment) => `[${typeOf(attachment)}]`);
  const template = hasTemplate(metadata) ? ['[template]'] : [];
  const content = [...(text === null ? [] : [text]), ...attached, ...template].join('\n');
  return { role: direction === 'in' ? 'user' : 'assistant', content };
}

/** Some models want the two to take turns. */
function together(messages: readonly ChatMessage[]): ChatMessage[] {
  const turns: ChatMessage[] = [];
  for (const { role, content } of messages) {
    const last = turns.at(-1);
    if (last?.role === role) last.content += `\n${content}`;
    else turns.push({ role, content });
  }
  return turns;
}

function listOf(attachments: unknown): unknown[] {
  return Array.isArray(attachments) ? attachments : [];
}

function typeOf(attachment: unknown): string {
  const hasType = typeof attachment === 'object' && attachment !== null && 'type' in attachment;
  return hasType && typeof attachment.type === 'string' ? attachment.type : 'attachment';
}

function hasTemplate(metadata: unknown): boolean {
  return typeof metadata === 'object' && metadata !== null && 'template' in metadata;
}
