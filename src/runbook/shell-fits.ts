import type {Compiling} from './compiling.js';
import {hostsOf} from './names.js';
import type {Platform, Script, Shell, Step, Target} from './runbook.js';

/** Refuses scripts in a shell that their host does not have. */
export function checkShells({on, action, check, verify, undo}: Step, compiling: Compiling): void {
	if ('script' in action) {
		checkShell(action.script, on, compiling);
	}

	for (const satellite of [check, verify, undo]) {
		if (satellite !== undefined) {
			checkShell(satellite.script, satellite.on ?? on, compiling);
		}
	}
}

function checkShell({shell, at}: Script, on: Target | undefined, {names, problems}: Compiling): void {
	for (const name of hostsOf(on, names) ?? []) {
		const platform = names.hosts.get(name)?.platform;
		if (platform !== undefined && !shellsOf(platform).includes(shell)) {
			problems.error(
				'wrong-shell',
				at,
				`${name} is a host of platform ${platform} and has no ${shell}.`,
				`Write it in ${shellsOf(platform).join(' or ')}.`,
			);
			return;
		}
	}
}

/** An ESXi shell is BusyBox; bash is only on the old service console. */
function shellsOf(platform: Platform): readonly Shell[] {
	switch (platform) {
		case 'esxi':
			return ['sh'];
		case 'linux':
		case 'esx4':
			return ['sh', 'bash'];
		case 'windows':
			return ['powershell'];
	}
}
