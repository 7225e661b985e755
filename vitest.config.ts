import {defineConfig} from 'vitest/config';

/** Tests that start processes, servers and terminals wait for what they expect; the bound is for a machine under load. */
const patience = {testTimeout: 60_000, hookTimeout: 60_000};

const ringTimeout = process.env['FIELDBOOK_RINGS'] === 'long' ? 3_600_000 : 300_000;

export default defineConfig({
	test: {
		projects: [
			{test: {name: 'architecture', include: ['test/architecture.test.ts']}},
			{
				test: {
					name: 'pure',
					include: ['test/{text,document,runbook,graph,run,view}/**/*.test.{ts,tsx}'],
					// Properties look at hundreds of cases: a machine under load takes its time
					testTimeout: 30_000,
				},
			},
			{
				test: {
					name: 'world',
					include: ['test/{engine,transport,store,lab,ui,cli,docs,runbooks}/**/*.test.{ts,tsx}'],
					...patience,
				},
			},
			// Rings that hunt faults: few cases here, many in `npm run test:long` (test/ring.ts)
			{test: {name: 'rings', include: ['test/rings/**/*.test.ts'], testTimeout: ringTimeout, hookTimeout: 60_000}},
		],
	},
});
