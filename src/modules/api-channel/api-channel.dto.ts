import { applyDecorators } from '@nestjs/common';
import type { Type as Class } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsObject, ValidateIf, ValidateNested } from 'class-validator';
import { OneOf, Text, WebAddress } from '../../platform/http/fields.js';
import { Moment } from '../../platform/http/moment-field.js';

const MOST_ATTACHMENTS = 10;
const LONGEST_TEXT = 10_000;
const LONGEST_ID = 255;

const present = () => ValidateIf((_, value: unknown) => value !== undefined);

/** One object of a class of ours. */
function Part(type: () => Class<unknown>, { optional = false }: { optional?: boolean } = {}) {
  return applyDecorators(
    ApiProperty({ type: () => type(), required: !optional }),
    ...(optional ? [present()] : []),
    IsObject({ message: 'must be an object' }),
    ValidateNested(),
    Type(type),
  );
}

export class InboundCustomer {
  @Text({ max: LONGEST_ID, description: 'Yours: the same for everything that this person writes' }) externalId!: string;
  @Text({ optional: true }) displayName?: string;
  @WebAddress({ optional: true }) avatarUrl?: string;
  @Text({ max: 32, optional: true }) phone?: string;
}

export class InboundAttachment {
  @OneOf(['image', 'video', 'audio', 'file']) type!: string;
  @WebAddress({ description: 'On the public internet: it is fetched, and kept' }) url!: string;
  @Text({ optional: true }) title?: string;
}

/** What a customer wrote: text, attachments or both. */
export class ReceiveMessage {
  @Text({ max: LONGEST_ID, description: 'Yours: sent twice, it is one message' }) messageId!: string;
  @Part(() => InboundCustomer) customer!: InboundCustomer;
  @Text({ max: LONGEST_TEXT, optional: true }) text?: string;

  @ApiProperty({
    type: () => InboundAttachment,
    isArray: true,
    minItems: 1,
    maxItems: MOST_ATTACHMENTS,
    required: false,
  })
  @present()
  @IsArray({ message: `must be a list of 1 to ${MOST_ATTACHMENTS} objects` })
  @ArrayMinSize(1, { message: `must be a list of 1 to ${MOST_ATTACHMENTS} objects` })
  @ArrayMaxSize(MOST_ATTACHMENTS, { message: `must be a list of 1 to ${MOST_ATTACHMENTS} objects` })
  @IsObject({ each: true, message: 'must be objects' })
  @ValidateNested({ each: true, message: 'must be objects' })
  @Type(() => InboundAttachment)
  attachments?: InboundAttachment[];

  @Moment({ optional: true, description: 'When it was written; left out: now' }) occurredAt?: string;
}

export class ReceiptError {
  @Text({ max: 64, optional: true }) code?: string;
  @Text({ max: 500, description: 'A sentence that an agent understands' }) message!: string;
}

/** What became of a message, which is named by one of the two ids. */
export class ReportReceipt {
  @Text({ max: 64, optional: true, description: 'Ours, as it came with the message' }) messageId?: string;
  @Text({ max: LONGEST_ID, optional: true, description: 'Yours, as you answered when it came' })
  providerMessageId?: string;
  @OneOf(['delivered', 'read', 'failed']) status!: 'delivered' | 'read' | 'failed';
  @Part(() => ReceiptError, { optional: true }) error?: ReceiptError;
}
