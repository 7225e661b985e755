import {Box, Text, useApp, useCursor, useInput, usePaste, useWindowSize} from 'ink';
import {memo, type ReactNode, useLayoutEffect, useSyncExternalStore} from 'react';
import {frameOf, type Pane} from './frame.js';
import type {HandOver} from './hand-over.js';
import {paint} from './line.js';
import type {Store} from './store.js';
import {strokesOf} from './stroke.js';
import type {Theme} from './theme.js';

type ScreenProperties = {
	readonly store: Store;
	readonly theme: Theme;
	/** Milliseconds of a clock that never goes back. */
	readonly stamp: () => number;
	/** Rows that are left empty at the bottom. */
	readonly spareRows: number;
	/** Is told how the terminal is lent to other programs. */
	readonly handOver: HandOver;
};

/**
The whole terminal: what `frameOf` makes of the model, put in its places.

The one subscription, the one place for keys and the one caret. Ink lays out boxes of known size and writes the difference.
*/
export function Screens({store, theme, stamp, spareRows, handOver}: ScreenProperties): ReactNode {
	const window = useWindowSize();
	const columns = window.columns;
	const rows = window.rows - spareRows;
	const {send} = store;
	useLayoutEffect(() => send({kind: 'resized', size: {columns, rows}}), [send, columns, rows]);
	const {suspendTerminal} = useApp();
	useLayoutEffect(() => handOver.register(suspendTerminal), [handOver, suspendTerminal]);
	const model = useSyncExternalStore(store.subscribe, store.model);
	const {setCursorPosition} = useCursor();

	useInput((input, key) => {
		const strokes = strokesOf(input, key);
		for (const stroke of strokes) {
			send({kind: 'key', stroke, at: stamp(), isAlone: strokes.length === 1});
		}
	});
	usePaste(text => send({kind: 'pasted', text}));

	const frame = frameOf({...model, size: {columns, rows}}, theme);
	setCursorPosition(frame.cursor);
	return (
		<Box width={columns} height={rows} overflow="hidden">
			{frame.panes.map((pane, index) => (
				// biome-ignore lint/suspicious/noArrayIndexKey: panes have no names; each place is drawn anew with what stands there
				<PaneRows key={index} left={pane.at.x} top={pane.at.y} columns={pane.columns} text={textOf(pane)} />
			))}
		</Box>
	);
}

function textOf({lines, painted, theme}: Pane): string {
	return [...(lines.length > 0 ? [paint(lines, theme)] : []), ...(painted ?? [])].join('\n');
}

type PaneProperties = {readonly left: number; readonly top: number; readonly columns: number; readonly text: string};

/** One text for all rows, cut to width before: Ink measures it once and wraps nothing. */
const PaneRows = memo(function PaneRows({left, top, columns, text}: PaneProperties): ReactNode {
	const rows = text.split('\n').length;
	return (
		<Box position="absolute" left={left} top={top} width={columns} height={rows} overflow="hidden">
			<Text>{text}</Text>
		</Box>
	);
});
