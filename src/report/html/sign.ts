import {glyphs, type StatusLook} from '../../view/status.js';
import {html, type Markup} from '../markup.js';

/** The sign of a state, for eyes alone: its word always stands beside it. */
export function sign({glyph}: StatusLook): Markup {
	return html`<span class="sign" aria-hidden="true">${glyphs.unicode[glyph]}</span>`;
}
