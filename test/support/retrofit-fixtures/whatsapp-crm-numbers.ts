import type { CrmSize } from './whatsapp-crm-rows.js';

type Random = () => number;

/** The id of the customer whose number a parameter gives. */
export const CUSTOMER = (parameter: string): string => `md5('customer-' || ${parameter}::text)::uuid`;

/** Rows of the CRM by chance. */
export class NumbersOf {
  constructor(private readonly size: CrmSize) {}

  readonly below = (limit: number, random: Random): number => Math.floor(random() * limit);

  /** Any customer. */
  readonly someone = (random: Random): number => 1 + this.below(this.size.customers, random);

  /** A customer of whom neither campaigns nor transactions speak: nothing stands in the way of moving to another organization. */
  readonly movable = (random: Random): number => 41 + 4 * this.below(Math.floor(this.size.customers / 4) - 10, random);

  /** An order that is not paid. */
  readonly pending = (random: Random): number => 1 + 2 * this.below(Math.floor(this.size.customers / 2), random);

  /** A message that was there before, unless somebody deleted it. */
  readonly message = (random: Random): string =>
    `wamid.${this.someone(random)}.${1 + this.below(this.size.messagesEach, random)}`;
}
