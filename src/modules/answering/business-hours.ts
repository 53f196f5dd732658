import type { BusinessHours, OpeningDays } from '../chatbots/rules-config.dto.js';

/** Whether people are there at a moment, as the clock of their own time zone shows it. */
export function isOpen({ timezone, days }: BusinessHours, at: Date): boolean {
  const { day, time } = clockIn(timezone, at);
  return (days[day] ?? []).some(({ from, to }) => from <= time && time < to);
}

function clockIn(timeZone: string, at: Date): { day: keyof OpeningDays; time: string } {
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const weekday = new Intl.DateTimeFormat('en-GB', { timeZone, weekday: 'long' }).format(at);
  return { day: DAYS[weekday] ?? 'mon', time: clock.format(at) };
}

/** As en-GB calls them. */
const DAYS: Record<string, keyof OpeningDays> = {
  Monday: 'mon',
  Tuesday: 'tue',
  Wednesday: 'wed',
  Thursday: 'thu',
  Friday: 'fri',
  Saturday: 'sat',
  Sunday: 'sun',
};
