import {LOCAL_HOST, NO_HOST, type StepNode} from '../graph/graph.js';
import type {HostName} from '../runbook/runbook.js';
import {sanitiseLine} from '../text/sanitise.js';

/** A host in a sentence; empty for none. */
export function hostWord(host: HostName): string {
	return host === NO_HOST ? '' : host === LOCAL_HOST ? 'this laptop' : sanitiseLine(host);
}

/** `esxi1, esxi2`, after four of them `and 8 more`; empty for none. */
export function hostWords(hosts: readonly HostName[]): string {
	const named = hosts.map(hostWord).filter(word => word !== '');
	return named.length > 5 ? `${named.slice(0, 4).join(', ')} and ${named.length - 4} more` : named.join(', ');
}

/** ` on esxi1, esxi2`, with its blank; empty where there is no host to name. */
export function onHosts(hosts: readonly HostName[]): string {
	const words = hostWords(hosts);
	return words === '' ? '' : ` on ${words}`;
}

/** What kind of step it is and who does it: `sh as root`, `by hand`, `file /etc/ntp.conf`, `wait every 5 s`. */
export function actionWords({step: {action, as}}: StepNode, fill: (text: string) => string): string {
	const user = as === undefined ? '' : ` as ${sanitiseLine(as)}`;
	switch (action.kind) {
		case 'script':
			return `${sanitiseLine(action.script.shebang?.join(' ') ?? action.script.shell)}${user}`;
		case 'wait':
			return `wait every ${action.everyMs / 1000} s${user}`;
		case 'probe':
			return `probe every ${action.everyMs / 1000} s${user}`;
		case 'file':
			return `file ${sanitiseLine(fill(action.path.source))}${user}`;
		case 'manual':
			return 'by hand';
	}
}

/** `1 step`, `2 steps`; `1 try`, `2 tries`. */
export function counted(count: number, thing: string, things = `${thing}s`): string {
	return `${count} ${count === 1 ? thing : things}`;
}
