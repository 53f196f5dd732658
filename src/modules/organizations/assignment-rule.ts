import { AppError } from '../../platform/http/app-error.js';

/** The key of `settings` that says who gets a conversation that nobody has. */
export const ASSIGNMENT = 'assignment';
const RULES = ['manual', 'round_robin', 'least_busy'] as const;
export type AssignmentRule = (typeof RULES)[number];

/** 422 where the rule is none that we know. */
export function assertAssignment(settings: Record<string, unknown> = {}): void {
  const rule = settings[ASSIGNMENT];
  if (rule !== undefined && !isRule(rule))
    throw AppError.invalidField(`settings.${ASSIGNMENT}`, `must be one of ${RULES.join(', ')}`);
}

/** People take conversations themselves unless the settings say otherwise. */
export function assignmentRuleIn(settings: unknown): AssignmentRule {
  const rule: unknown =
    typeof settings === 'object' && settings !== null ? Reflect.get(settings, ASSIGNMENT) : undefined;
  return isRule(rule) ? rule : 'manual';
}

function isRule(value: unknown): value is AssignmentRule {
  return RULES.some((rule) => rule === value);
}
