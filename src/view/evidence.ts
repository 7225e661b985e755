import type {StepNode} from '../graph/graph.js';
import {hostsOf, progressOf} from '../run/nodes.js';
import type {RunState} from '../run/state.js';
import {sanitiseLine, sanitiseText} from '../text/sanitise.js';
import {graphemesOf} from '../text/width.js';
import {onHosts} from './names.js';

/** What was taken as evidence of a step, each piece in one line: `photo on esxi1: rack.jpg (48213 bytes), by ana`. */
export function evidenceLines(state: RunState, node: StepNode): readonly string[] {
	const pieces = hostsOf(node, state).flatMap(host =>
		progressOf(state, node, host).evidence.map(({kind, text, blob, by}) => {
			const file = blob === null ? '' : `${sanitiseLine(blob.name)} (${blob.bytes} bytes)`;
			const words = [cut(sanitiseText(text).join(' / ')), file].filter(Boolean).join(', ');
			return {kind: sanitiseLine(kind), words: `: ${words}, by ${sanitiseLine(by)}`, host};
		}),
	);
	const alike = Map.groupBy(pieces, ({kind, words}) => kind + words);
	return [...alike.values()].flatMap(same => {
		const [first] = same;
		return first === undefined ? [] : [`${first.kind}${onHosts(same.map(({host}) => host))}${first.words}`];
	});
}

/** Of a long text its beginning: all of it stands in the report. */
const MOST_GRAPHEMES = 200;

function cut(text: string): string {
	const graphemes = [...graphemesOf(text)];
	return graphemes.length > MOST_GRAPHEMES ? `${graphemes.slice(0, MOST_GRAPHEMES).join('')}…` : text;
}
