import { describe, expect, it } from '@jest/globals';
import type { RulesConfig } from '../chatbots/rules-config.dto.js';
import { decide } from './rules.js';

describe('Rules', () => {
  const open = new Date('2026-11-23T03:00:00Z');
  const closed = new Date('2026-11-23T20:00:00Z');
  const config: RulesConfig = {
    greeting: 'Hello!',
    keywords: [
      {
        words: ['giá', 'bao nhiêu'],
        answer: 'It costs 5',
        quickReplies: [{ title: 'Buy' }, { title: 'No', payload: 'n' }],
      },
      { words: ['ship'], answer: 'Tomorrow' },
    ],
    businessHours: {
      timezone: 'Asia/Ho_Chi_Minh',
      days: { mon: [{ from: '09:00', to: '18:00' }] },
      closedAnswer: 'We are back at nine',
    },
    handoffWords: ['nhân viên'],
    handoffAnswer: 'One moment',
    fallbackAnswer: 'Please say that again',
  };
  const ask = (text: string, { isFirst = false, at = open, rules = config } = {}) =>
    decide(rules, { text, isFirst, at });
  const only = (text: string) => ({ text, quickReplies: [] });

  it('answer by the first keyword that fits, with its quick replies', () => {
    expect(ask('Bao nhieu tien, co ship khong?')).toEqual({
      answer: {
        text: 'It costs 5',
        quickReplies: [
          { title: 'Buy', payload: 'Buy' },
          { title: 'No', payload: 'n' },
        ],
      },
      handoff: null,
    });
    expect(ask('Ship?')).toEqual({ answer: only('Tomorrow'), handoff: null });
  });

  it('greet once, before the first answer or in its place', () => {
    expect(ask('hi', { isFirst: true })).toEqual({ answer: only('Hello!'), handoff: null });
    expect(ask('ship', { isFirst: true })).toEqual({ answer: only('Hello!\n\nTomorrow'), handoff: null });
    expect(ask('hi')).toEqual({ answer: only('Please say that again'), handoff: null });
  });

  it('hand over where people are asked for, whatever else is said', () => {
    const handoff = 'The customer asked for a person';
    expect(ask('giá? cho gặp NHAN VIEN')).toEqual({ answer: only('One moment'), handoff });
    expect(ask('nhân viên', { rules: { handoffWords: ['nhân viên'] } })).toEqual({ answer: null, handoff });
  });

  it('hand over where nothing fits and there is nothing else to say', () => {
    const handoff = 'No rule of the chatbot fits what the customer wrote';
    expect(ask('hm', { rules: {} })).toEqual({ answer: null, handoff });
    expect(ask('', { rules: { keywords: [{ words: ['x'], answer: 'y' }] } })).toEqual({ answer: null, handoff });
  });

  it('say outside of the business hours that nobody is there, and leave the customer to people', () => {
    const answer = only('We are back at nine');
    const handoff = 'The customer wrote outside of the business hours';
    expect(ask('hm', { at: closed })).toEqual({ answer, handoff });
    expect(ask('hm', { at: closed, isFirst: true })).toEqual({
      answer: only('Hello!\n\nWe are back at nine'),
      handoff,
    });
    expect(ask('nhan vien', { at: closed }).answer).toEqual(answer);
    expect(ask('ship', { at: closed })).toEqual({ answer: only('Tomorrow'), handoff: null });
  });
});
