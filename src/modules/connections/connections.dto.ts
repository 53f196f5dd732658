import { ArrayMaxSize, ArrayMinSize, ArrayUnique, IsArray, IsString, Length } from 'class-validator';
import { Id, Pattern, field } from '../../platform/http/fields.js';

/** It travels in a header, which takes nothing else. */
const TOKEN = /^[\x21-\x7e]{1,4096}$/;
const LONGEST_TOKEN = 4_096;
const ID = /^[\w.-]{1,128}$/;
const LONGEST_ID = 128;
const MOST_AT_ONCE = 50;

/** Ids as a provider gives them to pages and numbers, each once. */
function PageIds(description: string) {
  const message = `must be a list of 1 to ${MOST_AT_ONCE} different ids, as they were listed`;
  const items = { type: 'string', minLength: 1, maxLength: LONGEST_ID };
  return field(
    { description },
    { type: 'array', items, minItems: 1, maxItems: MOST_AT_ONCE, uniqueItems: true },
    IsArray({ message }),
    ArrayMinSize(1, { message }),
    ArrayMaxSize(MOST_AT_ONCE, { message }),
    ArrayUnique({ message }),
    IsString({ each: true, message }),
    Length(1, LONGEST_ID, { each: true, message }),
  );
}

function Token(description: string) {
  return Pattern(TOKEN, 'a token: visible characters, without spaces', { max: LONGEST_TOKEN, description });
}

export class ListFacebookPages {
  @Token('What Facebook Login gave to the person') userToken!: string;
}

export class ConnectFacebookPages extends ListFacebookPages {
  @PageIds('The pages to connect') pageIds!: string[];
  @Id({ optional: true, nullable: true }) chatbotId?: string | null;
}

export class ListWhatsAppNumbers {
  @Token("A system user's token for the account") accessToken!: string;
  @Pattern(ID, 'the id of the account', { max: LONGEST_ID, description: 'The WhatsApp business account' })
  businessAccountId!: string;
}

export class ConnectWhatsAppNumbers extends ListWhatsAppNumbers {
  @PageIds('The numbers to connect') phoneNumberIds!: string[];
  @Id({ optional: true, nullable: true }) chatbotId?: string | null;
}
