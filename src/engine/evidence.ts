import {redactBytes} from '../run/redaction.js';
import type {Request} from '../run/request.js';

type Attached = {readonly name: string; readonly bytes: Uint8Array};

/** The file that a request brings along. */
export function attachedTo(request: Request): Attached | undefined {
	return request.kind === 'evidence' ? (request.file ?? undefined) : undefined;
}

/** Evidence is kept as it is, so it must not hold a secret: taken out of it, the file would be another one. */
export function holdsSecret({bytes}: Attached, secrets: readonly string[]): boolean {
	return secrets.length > 0 && !Buffer.from(redactBytes(bytes, secrets)).equals(bytes);
}

/** The name under which a run keeps a piece of evidence; the event tells what the file was called. */
export function evidenceName(sha256: string): string {
	return `evidence/${sha256}`;
}
