import type {Shell} from '../runbook/runbook.js';

/** Source of the flags: `dialect.md`, section 5. */
export function interpreterFor(shell: Shell): readonly [string, ...string[]] {
	switch (shell) {
		case 'sh':
		case 'bash':
			return [shell, '-eu'];
		case 'powershell':
			return ['powershell', '-NoProfile', '-NonInteractive', '-ExecutionPolicy', 'Bypass'];
	}
}
