/** The visible form of a character that may not reach a screen; `undefined` if it may. */
export function visibleForm(character: string): string | undefined {
	if (!unsafe.test(character)) {
		return undefined;
	}

	const code = character.codePointAt(0) ?? 0;
	if (code < 0x20) {
		return String.fromCodePoint(0x2400 + code);
	}

	return code === 0x7f ? '␡' : `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
}

/** Combining marks that one character may carry: enough for every script, too few to paint over the lines around. */
export const maxMarks = 8;

export const isMark = (character: string): boolean => /^\p{M}$/u.test(character);

export const isPictograph = (character: string): boolean => /^\p{Extended_Pictographic}$/u.test(character);

/** Chooses the emoji look of the character before it, and takes a cell on some terminals only: always left out. */
export const isVariationSelector = (character: string): boolean => character === '\uFE0E' || character === '\uFE0F';

/**
Controls, formats (bidi, zero width, tags), what Unicode says to draw as nothing, line and paragraph separators, lone
surrogates, noncharacters.
*/
export const unsafe = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\p{Cs}\p{Noncharacter_Code_Point}]/u;
