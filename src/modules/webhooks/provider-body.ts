import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBody } from '@nestjs/swagger';

/** The bodies that providers send, as far as anybody who plays one has to know. Sources: the channels that translate them. */
interface ProviderBodyOf {
  description: string;
  /** What every body has; providers add to the rest as they please. */
  required: Record<string, object>;
  example: object;
}

const ENTRIES = { type: 'array', items: { type: 'object', additionalProperties: true } };

export const PROVIDER_BODIES = {
  facebook: {
    description: 'As Messenger Platform says, "Webhooks"; signed over its bytes, so it is read as they come',
    required: { object: { type: 'string', enum: ['page'] }, entry: ENTRIES },
    example: {
      object: 'page',
      entry: [
        {
          id: '104921877123456',
          time: 1795296623000,
          messaging: [
            {
              sender: { id: '7712345678901234' },
              recipient: { id: '104921877123456' },
              timestamp: 1795296622500,
              message: { mid: 'm_example', text: 'Xin chào' },
            },
          ],
        },
      ],
    },
  },
  whatsapp: {
    description: 'As WhatsApp Cloud API says, "Webhooks"; signed over its bytes, so it is read as they come',
    required: { object: { type: 'string', enum: ['whatsapp_business_account'] }, entry: ENTRIES },
    example: {
      object: 'whatsapp_business_account',
      entry: [
        {
          id: '102290129340398',
          changes: [
            {
              field: 'messages',
              value: {
                messaging_product: 'whatsapp',
                metadata: { display_phone_number: '842812345678', phone_number_id: '106540352242922' },
                contacts: [{ profile: { name: 'Lan' }, wa_id: '84901234567' }],
                messages: [
                  {
                    from: '84901234567',
                    id: 'wamid.example',
                    timestamp: '1795296622',
                    type: 'text',
                    text: { body: 'Xin chào' },
                  },
                ],
              },
            },
          ],
        },
      ],
    },
  },
  zalo: {
    description: 'As Zalo Official Account says, "Webhook"; signed over its bytes, so it is read as they come',
    required: { event_name: { type: 'string', maxLength: 255 } },
    example: {
      event_name: 'user_send_text',
      app_id: '360846524940903967',
      sender: { id: '246845883529197922' },
      recipient: { id: '388613280878808645' },
      user_id_by_app: '552177279717587730',
      message: { msg_id: '96d3cdf3af150460909', text: 'Xin chào' },
      timestamp: '1795296622500',
    },
  },
} satisfies Record<string, ProviderBodyOf>;

/** A route that takes a provider's body as the bytes that it signed. */
export function ProviderBody(platform: keyof typeof PROVIDER_BODIES): MethodDecorator {
  const { description, required: properties, example }: ProviderBodyOf = PROVIDER_BODIES[platform];
  const required = Object.keys(properties);
  const schema = { type: 'object', required, properties, additionalProperties: true, example };
  return applyDecorators(RouteConfig({ rawBody: true }), ApiBody({ description, required: true, schema }));
}
