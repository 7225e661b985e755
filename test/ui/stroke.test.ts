import type {Key} from 'ink';
import {expect, test} from 'vitest';
import {strokesOf} from '../../src/ui/stroke.js';

const none: Key = {
	...{upArrow: false, downArrow: false, leftArrow: false, rightArrow: false, pageDown: false, pageUp: false},
	...{home: false, end: false, return: false, escape: false, ctrl: false, shift: false, tab: false, backspace: false},
	...{delete: false, meta: false, super: false, hyper: false, capsLock: false, numLock: false},
};

test.for([
	['an arrow', '', {downArrow: true}, ['down']],
	['shift and tab', '', {tab: true, shift: true}, ['shift-tab']],
	['a control key', 'c', {ctrl: true}, ['ctrl-c']],
	['several keys in one chunk', 'jj', {}, ['j', 'j']],
	['what was typed ahead with its Enter', 'esxi1\r', {}, ['e', 's', 'x', 'i', '1', 'enter']],
	['Japanese', '日本', {}, ['日', '本']],
	['a controls inside a chunk', 'a\x03\x7f', {}, ['a', 'ctrl-c', 'backspace']],
	['Alt and a letter, which means nothing', 'x', {meta: true}, []],
] as const)('%s', ([, input, pressed, wanted]) => {
	expect(strokesOf(input, {...none, ...pressed})).toEqual(wanted);
});
