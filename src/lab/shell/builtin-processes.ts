import {statusOf} from '../process/process.js';
import {signalNamed, signalNames} from '../process/signals.js';
import {quoteForTrace} from './quote-for-trace.js';
import type {Shell} from './shell.js';
import {ShellError} from './state.js';

export async function trap(shell: Shell, args: readonly string[]): Promise<number> {
	const {traps} = shell.state;
	const [action, ...signals] = args[0] === '--' ? args.slice(1) : args;
	if (action === undefined) {
		return shell.say([...traps].map(([signal, text]) => `trap -- ${quoteForTrace(text)} ${signal}\n`).join(''));
	}
	// `trap INT` resets, as `trap - INT` does
	const reset = action === '-' || signals.length === 0;
	for (const word of signals.length === 0 ? [action] : signals) {
		const name = word === '0' || word === 'EXIT' ? 'EXIT' : signalNamed(word);
		if (name === undefined) {
			throw new ShellError(`trap: ${word}: invalid signal specification`, 1);
		}
		setTrap(shell, name, reset ? undefined : action);
	}
	return 0;
}

function setTrap(shell: Shell, name: string, action: string | undefined): void {
	const signal = signalNamed(name);
	const {dispositions} = shell.process;
	if (action === undefined) {
		shell.state.traps.delete(name);
	} else {
		shell.state.traps.set(name, action);
	}
	if (signal !== undefined && action === undefined) {
		dispositions.delete(signal);
	} else if (signal !== undefined) {
		dispositions.set(signal, action === '' ? 'ignore' : 'trap');
	}
}

export async function wait(shell: Shell, args: readonly string[]): Promise<number> {
	const {jobs: children} = shell.state;
	const wanted = args.length === 0 ? [...children.keys()] : args.map(word => Number(word.replace(/^%/, '')));
	let status = 0;
	for (const pid of wanted) {
		const child = children.get(pid);
		if (child === undefined) {
			status = 127;
			continue;
		}
		const ending = await shell.process.waitOrCatch(child.ended);
		if (ending === undefined) {
			return 143; // A trap interrupts `wait`
		}
		children.delete(pid);
		status = args.length === 0 ? 0 : statusOf(ending);
	}
	return status;
}

/** `kill -TERM 12`, `kill -s TERM -12`, `kill -0 12`, `kill -9 -12`, `kill -l`. Also behind `/bin/kill`. */
export async function kill(shell: Shell, args: readonly string[]): Promise<number> {
	let signal: string = 'TERM';
	let targets = args;
	const [first = '', second = ''] = args;
	if (first === '-l') {
		return shell.say(`${signalNames().join(' ')}\n`);
	}
	if (first === '-s' || first === '-n') {
		signal = second;
		targets = args.slice(2);
	} else if (/^-./.test(first) && first !== '--') {
		signal = first.slice(1);
		targets = args.slice(1);
	}
	const named = signalNamed(signal);
	if (named === undefined && signal !== '0') {
		await shell.complain(`bad signal name '${signal}'`);
		return 1;
	}
	let status = 0;
	for (const word of targets[0] === '--' ? targets.slice(1) : targets) {
		const target = word.startsWith('%') ? [...shell.state.jobs.keys()][Number(word.slice(1)) - 1] : Number(word);
		if (target === undefined || !Number.isInteger(target) || target === 0) {
			await shell.complain(`invalid number '${word}'`);
			status = 1;
			continue;
		}
		const result = shell.host.kill(target, named, shell.process.user);
		if (result !== 'done') {
			const why = result === 'nobody' ? 'No such process' : 'Operation not permitted';
			await shell.complain(`can't kill pid ${target}: ${why}`);
			status = 1;
		}
	}
	return status;
}

export async function jobs(shell: Shell): Promise<number> {
	const lines = [...shell.state.jobs.values()].map(
		(process, index) => `[${index + 1}]  Running                 ${process.command}\n`,
	);
	return shell.say(lines.join(''));
}
