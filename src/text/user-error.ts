/**
Something that the person at the keyboard can put right. Printed without a stack.

`status` is the exit status of the command, design section 8.
*/
export class UserError extends Error {
	/** Stable, kebab case, printed in brackets: `ssh-auth`. */
	readonly code: string;
	/** What to do now, as a sentence. */
	readonly next: string;
	readonly status: 1 | 2 | 3 | 4 | 5 | 130;

	constructor(code: string, message: string, next: string, status: 1 | 2 | 3 | 4 | 5 | 130) {
		super(message);
		this.name = 'UserError';
		this.code = code;
		this.next = next;
		this.status = status;
	}
}
