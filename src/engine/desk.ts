import type {Ledger} from './ledger.js';
import type {RunPlan} from './plan.js';
import type {Store, World} from './ports.js';
import type {Vault} from './vault.js';

/** What everybody who performs an effect has at hand. */
export type Desk = {
	readonly world: World & {readonly secrets: Vault};
	readonly plan: RunPlan;
	readonly runId: string;
	readonly ledger: Ledger;
	/** Into the store, as long as the run is open here. */
	readonly writeOutput: Store['writeOutput'];
	/** Tidies up on a host: the run does not depend on it, but its end waits a moment for it. Never rejects. */
	tidy(work: () => Promise<void>): Promise<void>;
};
