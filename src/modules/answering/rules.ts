import type { KeywordRule, RulesConfig } from '../chatbots/rules-config.dto.js';
import { isOpen } from './business-hours.js';
import type { BotAnswer, Outcome } from './outcome.js';
import { Words } from './words.js';

/** What the customer wrote, and when. */
export interface Heard {
  text: string;
  /** The chatbot has said nothing yet since it has the conversation. */
  isFirst: boolean;
  at: Date;
}

/**
 * Handoff words before keywords before what is said otherwise. Keywords answer at any hour; whatever takes people waits for
 * them with the `closedAnswer` while they are away. The greeting stands before the first answer, or is it.
 */
export function decide(config: RulesConfig, heard: Heard): Outcome {
  const said = new Words(heard.text);
  const outcome = handoff(config, said, heard) ?? keyword(config, said) ?? otherwise(config, heard);
  const { greeting } = config;
  if (greeting === undefined || !heard.isFirst) return outcome;
  const { text, quickReplies = [] } = outcome.answer ?? {};
  return { ...outcome, answer: { text: [greeting, text].filter(Boolean).join('\n\n'), quickReplies } };
}

function handoff({ handoffWords = [], handoffAnswer, ...config }: RulesConfig, said: Words, { at }: Heard) {
  if (!isAnyIn(handoffWords, said)) return null;
  return { answer: toAnswer(closedAnswer(config, at) ?? handoffAnswer), handoff: 'The customer asked for a person' };
}

function keyword({ keywords = [] }: RulesConfig, said: Words): Outcome | null {
  const rule = keywords.find(({ words }) => isAnyIn(words, said));
  return rule ? { answer: toAnswer(rule.answer, rule.quickReplies), handoff: null } : null;
}

function otherwise({ greeting, fallbackAnswer, ...config }: RulesConfig, { isFirst, at }: Heard): Outcome {
  const closed = closedAnswer(config, at);
  if (closed !== null) return { answer: toAnswer(closed), handoff: 'The customer wrote outside of the business hours' };
  if (isFirst && greeting !== undefined) return { answer: null, handoff: null };
  if (fallbackAnswer !== undefined) return { answer: toAnswer(fallbackAnswer), handoff: null };
  return { answer: null, handoff: 'No rule of the chatbot fits what the customer wrote' };
}

function closedAnswer({ businessHours }: RulesConfig, at: Date): string | null {
  return businessHours && !isOpen(businessHours, at) ? businessHours.closedAnswer : null;
}

function isAnyIn(phrases: readonly string[], said: Words): boolean {
  return phrases.some((phrase) => said.include(new Words(phrase)));
}

function toAnswer(text: string | undefined, buttons: KeywordRule['quickReplies'] = []): BotAnswer | null {
  if (text === undefined) return null;
  return { text, quickReplies: buttons.map(({ title, payload = title }) => ({ title, payload })) };
}
