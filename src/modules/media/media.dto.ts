import { Type } from 'class-transformer';
import { Pattern, Whole } from '../../platform/http/fields.js';

/** What makes a file's address one that opens it. Without them it is one that opens nothing. */
export class FileSignature {
  @Type(() => Number)
  @Whole({ min: 0, max: 99_999_999_999, optional: true, description: 'When the address ends, in seconds since 1970' })
  expires?: number;

  @Pattern(/^[\w-]{43,255}$/, 'the signature of the address', { max: 255, optional: true })
  signature?: string;
}
