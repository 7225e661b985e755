import type {EsxiHost, VirtualMachine} from '../../world/esxi-host.js';
import {shownPath} from '../../world/inventory.js';

/**
What a virtual machine asks. The text about a move is from public transcripts, its option lines vary between versions; the one
about a lost lock is of the project's notes in meaning only.
*/
export function questionText(host: EsxiHost, {question, vmx, name}: VirtualMachine): string {
	switch (question?.about) {
		case undefined:
			return 'No message.\n';
		case 'moved-or-copied':
			return `Virtual machine message ${question.id}:
msg.uuid.altered:This virtual machine might have been moved or copied.
In order to configure certain management and networking features, VMware ESX needs to know if this virtual machine was moved or copied.

If you don't know, answer "I Co_pied It".
0. Cancel (Cancel)
1. I Moved It (I _Moved It)
2. I Co_pied It (I Co_pied It) [default]
`;
		case 'lock-lost':
			return `Virtual machine message ${question.id}:
msg.hbacommon.locklost:The lock protecting ${shownPath(host, vmx).replace(/\.vmx$/, '.vmdk')} of ${name} has been lost, possibly due to underlying storage issues.
If this virtual machine is configured to be highly available, ensure that it is running on some other host before clicking OK.

0. OK (OK)
`;
	}
}

/** The number that was chosen; undefined: the question does not offer it. */
export function numberOf({question}: VirtualMachine, word: string): number | undefined {
	const most = question?.about === 'moved-or-copied' ? 2 : 0;
	return /^\d$/.test(word) && Number(word) <= most ? Number(word) : undefined;
}

/** What is under way while it asks; undefined: nothing. */
export function taskOf({id, question}: VirtualMachine): string | undefined {
	return question?.about === 'moved-or-copied' ? `haTask-${id}-vim.VirtualMachine.powerOn-${question.id}` : undefined;
}
