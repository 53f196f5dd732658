import { PLATFORMS } from '../../channels/channel.js';
import { Flag, Id, JsonMap, OneOf, Text, WebAddress, Whole } from '../../platform/http/fields.js';
import { CursorQuery } from '../../platform/http/pagination.js';

const LONGEST_TOKEN = 4_096;
const TEN_YEARS_IN_SECONDS = 315_360_000;

export class ListIntegrations extends CursorQuery {
  @OneOf(PLATFORMS, { optional: true }) platform?: string;
  @Id({ optional: true }) chatbotId?: string;
  @Flag({ optional: true }) isActive?: boolean;
}

class IntegrationFields {
  @Text({ max: LONGEST_TOKEN, optional: true, nullable: true }) refreshToken?: string | null;
  @Whole({
    min: 1,
    max: TEN_YEARS_IN_SECONDS,
    optional: true,
    nullable: true,
    description: 'Seconds from now until the access token ends; left out or null: not known to end',
  })
  expiresIn?: number | null;
  @Id({ optional: true, nullable: true }) chatbotId?: string | null;
  @Id({
    optional: true,
    nullable: true,
    description: 'Of the platform api: the webhook endpoint that takes what is written to customers',
  })
  webhookEndpointId?: string | null;
  @WebAddress({ optional: true, nullable: true }) avatarUrl?: string | null;
  @JsonMap({ optional: true }) meta?: Record<string, unknown>;
}

export class ConnectIntegration extends IntegrationFields {
  @OneOf(PLATFORMS) platform!: string;
  @Text({ max: 128, description: "The provider's id of the page" }) oaId!: string;
  @Text() name!: string;
  @Text({
    max: LONGEST_TOKEN,
    optional: ({ platform }) => platform === 'api',
    description: 'Of every platform but api, which has none',
  })
  accessToken?: string;
}

export class UpdateIntegration extends IntegrationFields {
  @Text({ optional: true }) name?: string;
  @Text({ max: LONGEST_TOKEN, optional: true }) accessToken?: string;
}
