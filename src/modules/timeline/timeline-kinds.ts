import type { Changes } from '../../platform/events/domain-event.js';

export const TIMELINE_KINDS = [
  'note',
  'assigned',
  'unassigned',
  'transferred',
  'resolved',
  'reopened',
  'pending',
  'snoozed',
  'opened',
  'handed_over',
  'labelled',
  'participant_added',
  'participant_removed',
] as const;
export type TimelineKind = (typeof TIMELINE_KINDS)[number];

export interface Happening {
  kind: Exclude<TimelineKind, 'note'>;
  data: Record<string, unknown>;
}

/**
 * What a change of a conversation amounts to, in the words of a timeline. `isByPerson`: a person made it. What nobody would
 * look for later, such as that it was read, is nothing.
 */
export function happeningsIn(changes: Changes, isByPerson: boolean): Happening[] {
  const { assigneeId, status, labels, participantIds } = changes;
  return [
    ...(assigneeId ? [assignment(assigneeId.from, assigneeId.to)] : []),
    ...(status ? [turn(status.from, status.to, isByPerson)].filter((happening) => happening !== null) : []),
    ...(labels ? [{ kind: 'labelled' as const, data: difference(labels.from, labels.to) }] : []),
    ...(participantIds ? joined(participantIds.from, participantIds.to) : []),
  ];
}

function assignment(from: unknown, to: unknown): Happening {
  const data = { assigneeId: to, previousAssigneeId: from };
  if (to === null) return { kind: 'unassigned', data };
  return { kind: from === null ? 'assigned' : 'transferred', data };
}

/** A pending conversation is a chatbot's: people open it for themselves, and it hands it over. */
function turn(from: unknown, to: unknown, isByPerson: boolean): Happening | null {
  const data = { status: to, previousStatus: from };
  if (to === 'resolved' || to === 'pending' || to === 'snoozed') return { kind: to, data };
  if (to !== 'open') return null;
  if (from !== 'pending') return { kind: 'reopened', data };
  return { kind: isByPerson ? 'opened' : 'handed_over', data };
}

function joined(from: unknown, to: unknown): Happening[] {
  const { added, removed } = difference(from, to);
  return [
    ...added.map((userId) => ({ kind: 'participant_added' as const, data: { userId } })),
    ...removed.map((userId) => ({ kind: 'participant_removed' as const, data: { userId } })),
  ];
}

function difference(from: unknown, to: unknown): { added: unknown[]; removed: unknown[] } {
  const [before, after] = [listOf(from), listOf(to)];
  return {
    added: after.filter((item) => !before.includes(item)),
    removed: before.filter((item) => !after.includes(item)),
  };
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
