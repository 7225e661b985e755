import type {HostDeclaration, HostName, Phase, RoleDeclaration, Step, StepId} from '../runbook/runbook.js';

/**
The host of a step that has none: a manual step that names no host, or a script of a plain document before its
host was chosen.
*/
export const NO_HOST = '';

/** The host of a step with `on=local`. */
export const LOCAL_HOST = 'local';

/** The steps of a runbook in document order, each with its hosts and what it comes after. */
export type StepGraph = {
	readonly title: string;
	/** As the front matter declares them, in its order; empty for a plain document. */
	readonly hosts: readonly HostDeclaration[];
	readonly roles: readonly RoleDeclaration[];
	readonly phases: readonly Phase[];
	readonly nodes: readonly StepNode[];
	/** A document without our front matter: nothing in its texts is a placeholder. */
	readonly plain?: true;
};

export type StepNode = {
	readonly step: Step;
	/** In the order of the front matter; `[NO_HOST]` or `[LOCAL_HOST]` where that is so; never empty. Roles are resolved by the engine. */
	readonly hosts: readonly HostName[];
	/** All hosts of all of these must be done, satisfied or skipped first. Document order is one entry: the step before. */
	readonly after: readonly StepId[];
	/** `h1:` and the SHA-256 in hex over what matters: script, hosts, policies. Prose does not. */
	readonly hash: string;
};
