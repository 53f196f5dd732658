import { WebAddress, Whole } from '../../platform/http/fields.js';

/** Is told what customers write, and answers through the API with a key of its own. */
export class WebhookConfig {
  @WebAddress({ description: 'Where each message of a customer is posted, signed', example: 'https://example.com/bot' })
  url!: string;

  @Whole({ min: 500, max: 30_000, optional: true, description: 'How long it may take to accept one' })
  timeoutMs: number = 10_000;
}
