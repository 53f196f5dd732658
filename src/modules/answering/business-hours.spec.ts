import { describe, expect, it } from '@jest/globals';
import { isOpen } from './business-hours.js';

describe('Business hours', () => {
  const shop = {
    timezone: 'Asia/Ho_Chi_Minh',
    days: {
      mon: [
        { from: '09:00', to: '12:00' },
        { from: '13:00', to: '18:00' },
      ],
      sun: [{ from: '20:00', to: '24:00' }],
    },
    closedAnswer: 'Closed',
  };

  it.each([
    ['2026-11-23T02:00:00Z', true, 'Monday 09:00 there'],
    ['2026-11-23T01:59:59Z', false, 'a second before'],
    ['2026-11-23T04:59:59Z', true, 'before lunch'],
    ['2026-11-23T05:00:00Z', false, 'lunch'],
    ['2026-11-23T06:00:00Z', true, 'after lunch'],
    ['2026-11-23T11:00:00Z', false, 'the end'],
    ['2026-11-24T03:00:00Z', false, 'a day that is not named'],
    ['2026-11-22T16:59:59Z', true, 'the last second of Sunday there'],
    ['2026-11-22T17:00:00Z', false, 'Monday there, Sunday here'],
  ])('at %s are open: %s (%s)', (at, expected) => {
    expect(isOpen(shop, new Date(at))).toBe(expected);
  });

  it('move with daylight saving time', () => {
    const berlin = { timezone: 'Europe/Berlin', days: { mon: [{ from: '09:00', to: '10:00' }] }, closedAnswer: 'zu' };
    expect(isOpen(berlin, new Date('2026-07-06T07:30:00Z'))).toBe(true);
    expect(isOpen(berlin, new Date('2026-12-07T08:30:00Z'))).toBe(true);
    expect(isOpen(berlin, new Date('2026-12-07T07:30:00Z'))).toBe(false);
  });
});
