import { Validate, ValidatorConstraint } from 'class-validator';
import type { ValidationArguments, ValidatorConstraintInterface } from 'class-validator';
import { Pattern, Text, field } from '../../platform/http/fields.js';
import { Part, Parts, Texts } from '../../platform/http/part-fields.js';

/** What every channel takes in one message. Source: Messenger Send API, "Text messages". */
const LONGEST_ANSWER = 2_000;
const MOST_RULES = 200;
const MOST_WORDS = 100;
const LONGEST_WORDS = 100;
const MOST_RANGES = 5;
/** Source: Messenger Send API, "Quick replies". */
const MOST_QUICK_REPLIES = 13;
const LONGEST_TITLE = 20;
const TIME = /^([01]\d|2[0-3]):[0-5]\d$|^24:00$/;

@ValidatorConstraint()
class IsAfterFrom implements ValidatorConstraintInterface {
  validate(to: unknown, { object }: ValidationArguments): boolean {
    return 'from' in object && typeof object.from === 'string' && typeof to === 'string' && object.from < to;
  }
}

@ValidatorConstraint()
class IsTimezone implements ValidatorConstraintInterface {
  validate(name: unknown): boolean {
    try {
      return typeof name === 'string' && new Intl.DateTimeFormat('en', { timeZone: name }) !== null;
    } catch {
      return false;
    }
  }
}

const TimeOfDay = () => Pattern(TIME, 'a time such as 09:00', { max: 5, example: '09:00' });

export class QuickReplyButton {
  @Text({ max: LONGEST_TITLE }) title!: string;
  @Text({ max: 1_000, optional: true, description: 'What comes back with it; left out: its title' }) payload?: string;
}

export class KeywordRule {
  @Texts({ max: MOST_WORDS, longest: LONGEST_WORDS, description: 'Words or phrases, any of which it answers' })
  words!: string[];
  @Text({ max: LONGEST_ANSWER }) answer!: string;
  @Parts(() => QuickReplyButton, { max: MOST_QUICK_REPLIES, optional: true }) quickReplies?: QuickReplyButton[];
}

export class OpeningHours {
  @TimeOfDay() from!: string;
  @Validate(IsAfterFrom, { message: 'must be later than from' }) @TimeOfDay() to!: string;
}

const Day = () => Parts(() => OpeningHours, { max: MOST_RANGES, optional: true });

/** A day that is left out is closed. */
export class OpeningDays {
  @Day() mon?: OpeningHours[];
  @Day() tue?: OpeningHours[];
  @Day() wed?: OpeningHours[];
  @Day() thu?: OpeningHours[];
  @Day() fri?: OpeningHours[];
  @Day() sat?: OpeningHours[];
  @Day() sun?: OpeningHours[];
}

/** When people are there. */
export class BusinessHours {
  @field(
    { example: 'Asia/Ho_Chi_Minh' },
    { type: String, maxLength: 64 },
    Validate(IsTimezone, { message: 'must be a time zone such as Asia/Ho_Chi_Minh' }),
  )
  timezone!: string;

  @Part(() => OpeningDays) days!: OpeningDays;
  @Text({ max: LONGEST_ANSWER, description: 'Told to whom only people can help, while none is there' })
  closedAnswer!: string;
}

/** Answers by what the customer says. Where nothing fits, and there is no `fallbackAnswer`, people take over. */
export class RulesConfig {
  @Text({ max: LONGEST_ANSWER, optional: true, description: 'Stands before its first answer' }) greeting?: string;
  @Parts(() => KeywordRule, { max: MOST_RULES, optional: true, description: 'The first that fits answers' })
  keywords?: KeywordRule[];
  @Part(() => BusinessHours, { optional: true }) businessHours?: BusinessHours;
  @Texts({ max: MOST_WORDS, longest: LONGEST_WORDS, optional: true, description: 'By which people are asked for' })
  handoffWords?: string[];
  @Text({ max: LONGEST_ANSWER, optional: true }) handoffAnswer?: string;
  @Text({ max: LONGEST_ANSWER, optional: true }) fallbackAnswer?: string;
}
