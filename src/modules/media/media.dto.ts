import { Type } from 'class-transformer';
import { Pattern, Whole } from '../../platform/http/fields.js';

/** No directories, no control characters, and nothing that has a name read backwards. */
const FILE_NAME = /^(?!\.{1,2}$)(?: |[^\0- /\\\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]){1,255}$/;

export class UploadFile {
  @Pattern(FILE_NAME, 'a file name of 1 to 255 characters, such as invoice.pdf, without / and \\', {
    ...{ max: 255, optional: true, example: 'invoice.pdf' },
    description: 'What the customer may see it called',
  })
  filename?: string;
}

/** What makes a file's address one that opens it. Without them it is one that opens nothing. */
export class FileSignature {
  @Type(() => Number)
  @Whole({ min: 0, max: 99_999_999_999, optional: true, description: 'When the address ends, in seconds since 1970' })
  expires?: number;

  @Pattern(/^[\w-]{43,255}$/, 'the signature of the address', { max: 255, optional: true })
  signature?: string;
}
