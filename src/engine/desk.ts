import type {Ledger} from './ledger.js';
import type {RunPlan} from './plan.js';
import type {World} from './ports.js';
import type {Vault} from './vault.js';

/** What everybody who performs an effect has at hand. */
export type Desk = {
	readonly world: World & {readonly secrets: Vault};
	readonly plan: RunPlan;
	readonly runId: string;
	readonly ledger: Ledger;
	/** There is something new to look at. */
	readonly changed: () => void;
};
