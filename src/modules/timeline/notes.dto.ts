import { Text } from '../../platform/http/fields.js';

const LONGEST_NOTE = 10_000;

export class WriteNote {
  @Text({ max: LONGEST_NOTE, description: 'For the people of the organization: no customer ever sees it' })
  text!: string;
}
