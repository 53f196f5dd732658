import { Text, WebAddress, Whole } from '../../platform/http/fields.js';

/** A language model behind an endpoint that speaks as OpenAI's `/chat/completions`. */
export class ModelConfig {
  @WebAddress({ description: 'What stands before /chat/completions', example: 'https://api.example.com/v1' })
  endpoint!: string;

  @Text({ max: 200, example: 'gpt-4.1-mini' }) model!: string;
  @Text({ max: 20_000, description: 'Who it is, what it knows and how it speaks' }) systemPrompt!: string;
  @Whole({ min: 1, max: 100, optional: true, description: 'How many messages of the conversation it is shown' })
  historyMessages: number = 20;

  @Whole({ min: 500, max: 120_000, optional: true }) timeoutMs: number = 30_000;
  @Whole({ min: 1, max: 16_000, optional: true, description: 'Of one answer' }) maxTokens: number = 500;
  @Whole({
    min: 0,
    max: 1_000_000_000,
    optional: true,
    description: 'Prompts and answers of a day (UTC); once it is spent people take over. Left out: as many as it takes',
  })
  tokenBudgetPerDay?: number;

  @Text({ max: 2_000, optional: true, description: 'When it is to hand over to people; left out: words of ours' })
  handoffPrompt?: string;
}
