import {expect, test} from 'vitest';
import {ask} from '../../src/transport/helper.js';
import {laptop} from '../../src/transport/local.js';
import {defaultTiming} from '../../src/transport/timing.js';

test('a helper that takes longer than it may has lost its answer: it may still come to its end', async () => {
	const helper = {script: 'echo begun; exec sleep 2', args: [], timeoutMs: 100};

	expect(await ask(laptop, helper, defaultTiming)).toMatchObject({kind: 'lost'});
});

test('what it prints comes whole, wherever its bytes are cut', async () => {
	const script = "printf '\\346\\227'; sleep 0.1; printf '\\245\\346\\234\\254'";

	expect(await ask(laptop, {script, args: []}, defaultTiming)).toMatchObject({kind: 'replied', out: '日本'});
});
