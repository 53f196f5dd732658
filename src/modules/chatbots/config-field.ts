import type { Type as Class } from '@nestjs/common';
import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, getSchemaPath } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsObject, Validate, ValidateNested, ValidatorConstraint } from 'class-validator';
import type { ValidationArguments, ValidatorConstraintInterface } from 'class-validator';
import { field } from '../../platform/http/fields.js';
import { ModelConfig } from './model-config.dto.js';
import { RulesConfig } from './rules-config.dto.js';
import { WebhookConfig } from './webhook-config.dto.js';

export const CHATBOT_TYPES = ['rules', 'webhook', 'model'] as const;
export type ChatbotType = (typeof CHATBOT_TYPES)[number];

export type ChatbotConfig = RulesConfig | WebhookConfig | ModelConfig;

const CLASSES = { rules: RulesConfig, webhook: WebhookConfig, model: ModelConfig };

/** Each as the OpenAPI document has it. */
export const CONFIG_SCHEMAS = Object.values(CLASSES).map((type) => ({ $ref: getSchemaPath(type) }));
export const ConfigModels = () => ApiExtraModels(...Object.values(CLASSES));

@ValidatorConstraint()
class StandsBesideType implements ValidatorConstraintInterface {
  validate(_: unknown, { object }: ValidationArguments): boolean {
    return 'type' in object && isChatbotType(object.type);
  }
}

/** What a chatbot answers by, in the shape of the `type` that has to stand beside it. */
export function ConfigOfType() {
  return applyDecorators(
    ConfigModels(),
    field(
      { optional: ({ type }) => !isChatbotType(type), description: 'In the shape of its type' },
      { oneOf: CONFIG_SCHEMAS },
      Validate(StandsBesideType, { message: 'must stand beside the type that it is of' }),
      IsObject({ message: 'must be an object' }),
      ValidateNested(),
      Type((given) => classOf(given?.object)),
    ),
  );
}

function isChatbotType(type: unknown): type is ChatbotType {
  return CHATBOT_TYPES.some((known) => known === type);
}

/** Where no type says which, it is refused for that. */
function classOf(body: Record<string, unknown> = {}): Class<ChatbotConfig> {
  const { type } = body;
  return isChatbotType(type) ? CLASSES[type] : RulesConfig;
}
