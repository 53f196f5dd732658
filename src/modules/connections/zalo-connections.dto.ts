import { Id } from '../../platform/http/fields.js';
import { Shown } from '../../platform/http/view.js';

export class AuthorizeZalo {
  @Id({ optional: true, nullable: true, description: 'The chatbot that is to answer there' }) chatbotId?: string | null;
}

export class ZaloAuthorizationView {
  @Shown({ description: 'Where the owner of the Official Account says yes; good once, for 10 minutes' }) url!: string;
}
