import type {Commands} from './program.js';

/** Each command's own file, loaded when the command is given: `--help` must not wait for Ink, ssh2 or the lab. */
export const commands: Commands = {
	home: async options => (await import('./command-home.js')).home(options),
	run: async (file, options) => (await import('./command-run.js')).run(file, options),
	rehearse: async (file, options) => (await import('./command-run.js')).rehearse(file, options),
	resume: async (run, options) => (await import('./command-run.js')).resume(run, options),
	check: async (files, options) => (await import('./command-check.js')).check(files, options),
	graph: async (file, options) => (await import('./command-check.js')).graph(file, options),
	runs: async options => (await import('./command-show.js')).runs(options),
	show: async (run, options) => (await import('./command-show.js')).show(run, options),
	verify: async (run, options) => (await import('./command-verify.js')).verify(run, options),
	log: async (run, options) => (await import('./command-log.js')).log(run, options),
	export: async (run, options) => (await import('./command-export.js')).exportRun(run, options),
	evidence: async (run, step, options) => (await import('./command-evidence.js')).evidence(run, step, options),
	compare: async (one, other, options) => (await import('./command-compare.js')).compare(one, other, options),
	preview: async (file, options) => (await import('./command-preview.js')).preview(file, options),
	complete: async (words, table) => (await import('./command-complete.js')).complete(words, table),
	completion: async shell => (await import('./command-complete.js')).completion(shell),
	schema: async of => (await import('./command-schema.js')).schema(of),
	man: async table => (await import('./man-page.js')).man(table),
	lab: async (what, deed, options) => (await import('./command-lab.js')).lab(what, deed, options),
};
