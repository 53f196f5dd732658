import { applyDecorators } from '@nestjs/common';
import type { Type as Class } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsObject, ValidateIf, ValidateNested } from 'class-validator';
import { Id, OneOf, Text, WebAddress } from '../../platform/http/fields.js';

export const MOST_ATTACHMENTS = 10;
const MOST_COMPONENTS = 20;
/** WhatsApp's, the longest of the platforms. Source: WhatsApp Cloud API, "Text messages". */
export const LONGEST_TEXT = 4_096;

/** Messenger's, the most of the platforms. Source: Messenger Platform, "Quick replies". */
const MOST_QUICK_REPLIES = 13;
/** The only tag that Messenger has left. Source: Messenger Platform changelog, 10 February 2026. */
const TAGS = ['HUMAN_AGENT'];

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

/** `min` to `max` objects of a class of ours, which may be left out. */
export function Parts(type: () => Class<unknown>, max: number, { min = 1 }: { min?: number } = {}) {
  const message = `must be a list of ${min} to ${max} objects`;
  return applyDecorators(
    ApiProperty({ type: () => type(), isArray: true, minItems: min, maxItems: max, required: false }),
    present(),
    IsArray({ message }),
    ArrayMinSize(min, { message }),
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

/** By its address, or by what it was uploaded as. */
export class MessageAttachment {
  @OneOf(['image', 'video', 'audio', 'file']) type!: string;
  @WebAddress({
    optional: ({ mediaId }) => mediaId !== undefined,
    description: 'Where the provider can fetch it; or else `mediaId`',
  })
  url?: string;
  @Id({ optional: true, description: 'A file of POST /media that was not sent yet, instead of `url`' })
  mediaId?: string;
  @Text({ optional: true, description: 'Left out, an uploaded `file` has the name that it was uploaded with' })
  title?: string;
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

export class OutgoingQuickReply {
  @Text({ max: 80 }) title!: string;
  @Text({ max: 1_000, description: 'Comes back to you with the answer' }) payload!: string;
}

/** Text, attachments or both; or a template alone. */
export class SendMessage {
  @Text({ max: LONGEST_TEXT, optional: true }) text?: string;
  @Parts(() => MessageAttachment, MOST_ATTACHMENTS) attachments?: MessageAttachment[];
  @Part(() => OutgoingTemplate) template?: OutgoingTemplate;
  @Parts(() => OutgoingQuickReply, MOST_QUICK_REPLIES) quickReplies?: OutgoingQuickReply[];
  @OneOf(TAGS, {
    optional: true,
    description: 'Opens a closed window, where the platform has such and allowed it to you',
  })
  tag?: string;
  @Id({ optional: true, description: 'The message that this one answers' }) replyToMessageId?: string;
  @Text({ optional: true, description: 'Yours to choose: sent twice, it is one message' }) clientMessageId?: string;
}
