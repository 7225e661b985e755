/** What evidence may be: what a step asks for with `needs`, and what anybody may add to any step. */
export const evidenceKinds = ['note', 'photo', 'file', 'text'] as const;
