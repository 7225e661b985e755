import {nodeOf} from '../../run/nodes.js';
import type {RenderContext, Rendered} from '../../runbook/render.js';
import type {HostName, Step, StepId} from '../../runbook/runbook.js';
import {sanitiseLine} from '../../text/sanitise.js';
import {cutToWidth, widthOf} from '../../text/width.js';
import {hostWord} from '../../view/names.js';
import {sentText, undoText} from '../../view/sent-text.js';
import {scriptLines} from '../../view/step-pane.js';
import type {TextLine} from '../../view/text-line.js';
import {hostNames} from './hosts.js';
import {type RunScreen, shownHost} from './run-screen.js';

/**
What is sent to the shown host, with its values in their places and numbered; empty for what is done by hand.

Long lines go on in the next row: what is run is seen to its last character.
*/
export function shownScript(screen: RunScreen, id: StepId, columns: number): readonly TextLine[] {
	const host = shownHost(screen, id);
	const own = host === undefined ? undefined : scriptOn(screen, id, host, columns);
	if (host === undefined || own === undefined) {
		return [];
	}
	const isSame = distinctHosts(screen, id, hostNames(screen, id)).length < 2;
	return isSame ? own : [...own, quietLine(`As on ${hostWord(host)}; the other hosts get their own values.`)];
}

/** The same for each of these hosts; once where they all get the same. */
export function scriptsOn(
	screen: RunScreen,
	id: StepId,
	hosts: readonly HostName[],
	columns: number,
	which: Which = 'own',
): readonly TextLine[] {
	const distinct = distinctHosts(screen, id, hosts, which);
	return distinct.flatMap((host, index) => {
		const own = scriptOn(screen, id, host, columns, which) ?? [];
		return distinct.length < 2 ? own : [...(index > 0 ? [[]] : []), quietLine(`on ${hostWord(host)}:`), ...own];
	});
}

/** The step's own script or file, or what takes it back. */
type Which = 'own' | 'undo';

function quietLine(text: string): TextLine {
	return [{text, style: 'quiet'}];
}

/** All of them, or the first one if what is sent is the same everywhere. */
function distinctHosts(
	screen: RunScreen,
	id: StepId,
	hosts: readonly HostName[],
	which: Which = 'own',
): readonly HostName[] {
	const step = nodeOf(screen.open.graph, id)?.step;
	const texts = hosts.map(host => (step === undefined ? undefined : rendered(screen, step, host, which)));
	return new Set(texts.map(text => JSON.stringify(text))).size < 2 ? hosts.slice(0, 1) : hosts;
}

/** Undefined where nothing is sent. */
function scriptOn(
	screen: RunScreen,
	id: StepId,
	host: HostName,
	columns: number,
	which: Which = 'own',
): readonly TextLine[] | undefined {
	const step = nodeOf(screen.open.graph, id)?.step;
	const own = step === undefined ? undefined : rendered(screen, step, host, which);
	if (own?.ok === false) {
		return [[{text: `No value yet for ${own.missing.map(sanitiseLine).join(', ')}.`, style: 'strong'}]];
	}
	return own && scriptLines(own.text).flatMap(line => continued(line, columns));
}

/** A numbered line that goes on in the next rows, broken at a blank where there is one. A mark stands in front of those. */
function continued([number, code]: TextLine, columns: number): readonly TextLine[] {
	if (number === undefined || code === undefined) {
		return [number === undefined ? [] : [number]];
	}
	const gutter = widthOf(number.text);
	const room = Math.max(2, columns - gutter);
	const lines: TextLine[] = [];
	for (let rest = code.text, mark = number.text; ; mark = `${' '.repeat(gutter - 3)}…  `) {
		const row = rest.slice(0, rowEnd(rest, room));
		lines.push([
			{text: mark, style: 'quiet'},
			{text: row, style: 'code'},
		]);
		rest = rest.slice(row.length);
		if (rest === '') {
			return lines;
		}
	}
}

/** Behind the last blank that leaves the row at least half full; at its edge where a word is longer than that. */
function rowEnd(text: string, room: number): number {
	const edge = cutToWidth(text, room, '').length;
	const blank = edge < text.length ? text.lastIndexOf(' ', edge - 1) + 1 : 0;
	return blank > edge / 2 ? blank : edge;
}

function rendered({state}: RunScreen, {action, undo}: Step, host: HostName, which: Which): Rendered | undefined {
	const context: RenderContext = {host, values: state.values, hosts: state.started?.hosts ?? {}};
	return which === 'own' ? sentText(action, context) : undo && undoText(undo, context);
}
