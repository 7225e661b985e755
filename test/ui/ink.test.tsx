import {cleanup, render} from 'ink-testing-library';
import {afterEach, expect, test, vi} from 'vitest';
import {frameOf} from '../../src/ui/frame.js';
import {createHandOver} from '../../src/ui/hand-over.js';
import {Screens} from '../../src/ui/screens.js';
import {createStore} from '../../src/ui/store.js';
import {themeOf} from '../../src/ui/theme.js';
import {firstModel} from '../../src/ui/update.js';
import {textOfPanes, withoutLooks} from './desk.js';
import {listing} from './fake-workbench.js';

afterEach(cleanup);

const theme = themeOf({color: false, glyphs: 'unicode'});
/** What the library's terminal says of itself. */
const size = {columns: 100, rows: 24};

function shown() {
	const store = createStore(firstModel({size, mode: 'real', pace: 'step'}), () => {});
	store.send({kind: 'listed', listing});
	const app = render(
		<Screens store={store} theme={theme} stamp={() => 5000} spareRows={0} handOver={createHandOver()} />,
	);
	const rows = () =>
		withoutLooks(app.lastFrame() ?? '')
			.split('\n')
			.map(row => row.trimEnd());
	return {store, app, rows};
}

test('Ink puts the panes where the frame says', () => {
	const {store, rows} = shown();
	const wanted = textOfPanes(frameOf(store.model(), theme).panes, size).split('\n');
	expect(rows()).toEqual(wanted);
});

test('a modal lies over the panes', async () => {
	const {store, app, rows} = shown();
	app.stdin.write('?');
	expect(store.model().modal?.kind).toBe('help');
	const wanted = textOfPanes(frameOf(store.model(), theme).panes, size).split('\n');
	await vi.waitFor(() => expect(rows()).toEqual(wanted));
	expect(rows().join('\n')).toContain('─ Keys ─');
});

test('several keys in one chunk are several keys', () => {
	const {store, app} = shown();
	app.stdin.write('jj');
	expect(store.model().screen).toMatchObject({kind: 'home', chosen: 2});
});
