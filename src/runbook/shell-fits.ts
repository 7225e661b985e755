import type {Compiling} from './compiling.js';
import {hostsOf} from './names.js';
import type {Platform, Script, Shell, Step, Target} from './runbook.js';

/** Refuses scripts in a shell that their host does not have, and words that mean nothing there. */
export function checkShells(step: Step, compiling: Compiling): void {
	const {on, action, check, verify, undo} = step;
	const fences = [check, verify, undo].filter(satellite => satellite !== undefined);
	checkWindows([{...step, action}, ...fences.map(fence => ({...fence, on: fence.on ?? on}))], compiling);
	if ('script' in action) {
		checkShell(action.script, on, compiling);
	}

	for (const satellite of [check, verify, undo]) {
		if (satellite !== undefined) {
			checkShell(satellite.script, satellite.on ?? on, compiling);
		}
	}
}

/** Windows has no sudo, and who may do what with a file is no matter of modes and owners there. */
function checkWindows(
	parts: ReadonlyArray<Pick<Step, 'on' | 'as' | 'at'> & Partial<Pick<Step, 'action'>>>,
	{names, problems}: Compiling,
): void {
	for (const {on, as, at, action} of parts) {
		const name = (hostsOf(on, names) ?? []).find(host => names.hosts.get(host)?.platform === 'windows');
		const {mode, owner} = action?.kind === 'file' ? action : {};
		for (const [word, value] of Object.entries({as, mode, owner})) {
			if (name !== undefined && value !== undefined) {
				problems.error(
					'not-on-windows',
					at,
					`\`${word}=${value}\` means nothing on ${name}, a Windows host.`,
					word === 'as'
						? 'Log in as that user: `user` in the site file.'
						: 'Take it out: a file keeps the rights of the old one, a new one has those of its folder.',
				);
			}
		}
	}
}

function checkShell({shell, at}: Script, on: Target | undefined, {names, problems}: Compiling): void {
	if (on?.kind === 'local' && shell === 'powershell') {
		problems.error(
			'wrong-shell',
			at,
			'Scripts on this laptop run in its sh, not in PowerShell.',
			'Write it in sh or bash.',
		);
	}

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
