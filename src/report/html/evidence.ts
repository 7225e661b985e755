import {pictureType} from '../../text/picture.js';

/** Larger ones are named, and not shown: the page would not open any more. */
const MAX_BYTES = 8 * 1024 * 1024;

/** A picture that a browser shows without running anything, as a `data:` address; undefined for other files and for none. */
export function evidencePicture(bytes: Uint8Array | undefined): string | undefined {
	if (bytes === undefined || bytes.length > MAX_BYTES) {
		return undefined;
	}

	const type = pictureType(bytes);
	return type && `data:${type};base64,${Buffer.from(bytes).toString('base64')}`;
}
