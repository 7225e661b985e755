import {availableParallelism} from 'node:os';
import {defineConfig} from 'vitest/config';
import {BaseSequencer, type TestSpecification} from 'vitest/node';

/** Tests that start processes, servers and terminals wait for what they expect; the bound is for a machine under load. */
const patience = {testTimeout: 60_000, hookTimeout: 60_000};

const ringTimeout = process.env['FIELDBOOK_RINGS'] === 'long' ? 3_600_000 : 300_000;

/** Whole rehearsals take minutes, rings nearly as long: begun last, they would end long after everything else. */
class LongestFirst extends BaseSequencer {
	override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
		const rank = ({moduleId}: TestSpecification) => {
			const at = ['/test/runbooks/', '/test/rings/'].findIndex(folder => moduleId.includes(folder));
			return at === -1 ? Number.POSITIVE_INFINITY : at;
		};
		const sorted = await super.sort(files);
		return sorted.toSorted((one, other) => (rank(one) === rank(other) ? 0 : rank(one) - rank(other)));
	}
}

export default defineConfig({
	test: {
		// Vitest leaves a core free, and would run one file at a time on two. Most files wait for programs that they have started.
		maxWorkers: availableParallelism() + 1,
		sequence: {sequencer: LongestFirst},
		projects: [
			{test: {name: 'architecture', include: ['test/architecture.test.ts']}},
			{
				test: {
					name: 'pure',
					// What is pure leaves nothing behind for the next file: they share what is loaded
					isolate: false,
					include: ['test/{text,document,runbook,graph,run,view}/**/*.test.{ts,tsx}'],
					// Properties look at hundreds of cases: a machine under load takes its time
					testTimeout: 30_000,
				},
			},
			{
				test: {
					name: 'world',
					include: ['test/{engine,transport,store,lab,ui,cli,docs,runbooks,report}/**/*.test.{ts,tsx}'],
					...patience,
				},
			},
			// Rings that hunt faults: few cases here, many in `npm run test:long` (test/ring.ts)
			{test: {name: 'rings', include: ['test/rings/**/*.test.ts'], testTimeout: ringTimeout, hookTimeout: 60_000}},
		],
	},
});
