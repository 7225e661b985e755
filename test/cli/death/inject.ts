import {existsSync, readFileSync} from 'node:fs';
import {registerHooks} from 'node:module';
import {fileURLToPath} from 'node:url';

/**
Loaded before the built program, through NODE_OPTIONS: puts a fault at the door of one of its functions, in every thread
and process that has it. The program itself knows nothing of it.

`FAULT_FUNCTION`: its name in the bundle. `FAULT_TRIGGER`: the fault strikes at each call from when on this file exists and
says what happens, and perhaps, behind a blank, in what words.
*/
const {FAULT_FUNCTION: name = '', FAULT_TRIGGER: trigger = ''} = process.env;

const deeds: Readonly<Record<string, (words: string) => void>> = {
	/** Here and now, for whoever called. */
	throw(words) {
		throw new Error(words);
	},
	/** The same, and something stays open that would keep the process for ever. */
	linger() {
		setInterval(() => {}, 1000);
		throw new Error('an injected fault');
	},
	/** In a later turn, where nobody can catch it. */
	stray(words) {
		setImmediate(() => {
			throw new Error(words);
		});
	},
	/** A promise that nobody waits for. */
	reject(words) {
		void Promise.reject(new Error(words));
	},
	/** More than the thread may have. */
	fill() {
		for (const hoard: unknown[] = []; ; ) {
			hoard.push(new Array(100_000).fill(hoard.length));
		}
	},
	/** Never comes back. */
	hang() {
		for (;;) {
			// The thread is lost
		}
	},
};

Object.assign(globalThis, {
	faultAtTheDoor() {
		if (existsSync(trigger)) {
			const [, deed = '', words = 'an injected fault'] = /^(\S+)(?: (.*))?$/.exec(readFileSync(trigger, 'utf8')) ?? [];
			deeds[deed]?.(words);
		}
	},
});

const door = new RegExp(`(async )?function(\\*?) ${name}\\(`);

registerHooks({
	load(url, context, next) {
		if (name === '' || !url.includes('/dist/')) {
			return next(url, context);
		}

		const source = readFileSync(fileURLToPath(url), 'utf8');
		const behind = source.replace(
			door,
			(_, isAsync = '', star = '') =>
				`function ${name}(...all) { faultAtTheDoor(); return behind_${name}(...all); } ${isAsync}function${star} behind_${name}(`,
		);
		return {format: 'module', source: behind, shortCircuit: true};
	},
});
