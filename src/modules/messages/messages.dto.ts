import { applyDecorators } from '@nestjs/common';
import type { Type as Class } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsObject, ValidateIf, ValidateNested } from 'class-validator';
import { OneOf, Text, WebAddress } from '../../platform/http/fields.js';

const MOST_ATTACHMENTS = 10;
const MOST_COMPONENTS = 20;
/** WhatsApp's, the longest of the platforms. Source: WhatsApp Cloud API, "Text messages". */
const LONGEST_TEXT = 4_096;

const present = () => ValidateIf((_, value: unknown) => value !== undefined);

/** One object of a class of ours, which may be left out. */
function Part(type: () => Class<unknown>) {
  return applyDecorators(
    ApiProperty({ type: () => type(), required: false }),
    present(),
    IsObject({ message: 'must be an object' }),
    ValidateNested(),
    Type(type),
  );
}

/** 1 to `max` objects of a class of ours, which may be left out. */
function Parts(type: () => Class<unknown>, max: number) {
  const message = `must be a list of 1 to ${max} objects`;
  return applyDecorators(
    ApiProperty({ type: () => type(), isArray: true, minItems: 1, maxItems: max, required: false }),
    present(),
    IsArray({ message }),
    ArrayMinSize(1, { message }),
    ArrayMaxSize(max, { message }),
    IsObject({ each: true, message }),
    ValidateNested({ each: true, message: 'must be objects' }),
    Type(type),
  );
}

export class OutgoingAttachment {
  @OneOf(['image', 'video', 'audio', 'file']) type!: string;
  @WebAddress({ description: 'Where the provider can fetch it' }) url!: string;
  @Text({ optional: true }) title?: string;
}

export class OutgoingTemplate {
  @Text({ max: 512 }) name!: string;
  @Text({ max: 35, example: 'en_US' }) language!: string;

  /** In the platform's own words. */
  @ApiProperty({ type: 'array', items: { type: 'object', additionalProperties: true }, required: false })
  @present()
  @IsArray({ message: 'must be a list' })
  @ArrayMaxSize(MOST_COMPONENTS, { message: `must be a list of at most ${MOST_COMPONENTS} objects` })
  @IsObject({ each: true, message: 'must be a list of objects' })
  components?: Record<string, unknown>[];
}

/** Text, attachments or both; or a template alone. */
export class SendMessage {
  @Text({ max: LONGEST_TEXT, optional: true }) text?: string;
  @Parts(() => OutgoingAttachment, MOST_ATTACHMENTS) attachments?: OutgoingAttachment[];
  @Part(() => OutgoingTemplate) template?: OutgoingTemplate;
  @Text({ optional: true, description: 'Yours to choose: sent twice, it is one message' }) clientMessageId?: string;
}
