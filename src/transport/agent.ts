import type {Duplex} from 'node:stream';

/** A public key that an agent holds, in the wire format; a certificate or a key on a token is one too. */
export type AgentIdentity = {readonly publicKey: Buffer; readonly comment: string};

/**
Asks an agent for all that it holds, also what the SSH library passes over in silence.

Rejects where it does not answer with that. Source: draft-ietf-sshm-ssh-agent, sections 3 and 4.4.
*/
export function identitiesOf(agent: Duplex): Promise<readonly AgentIdentity[]> {
	return new Promise((resolve, reject) => {
		let heard = Buffer.alloc(0);
		const fail = () => reject(new Error('It did not say which keys it holds.'));
		agent.on('error', fail);
		agent.on('close', fail);
		agent.on('data', (bytes: Buffer) => {
			heard = Buffer.concat([heard, bytes]);
			if (heard.length < 4 || heard.length < 4 + heard.readUInt32BE(0)) {
				return;
			}

			try {
				resolve(readIdentities(heard.subarray(4)));
			} catch {
				fail();
			}

			agent.destroy();
		});
		agent.write(Buffer.from([0, 0, 0, 1, requestIdentities]));
	});
}

const requestIdentities = 11;
const identitiesAnswer = 12;

/**
> | type count (key comment)…       a byte, four bytes, then texts with their length in four bytes
*/
function readIdentities(message: Buffer): readonly AgentIdentity[] {
	if (message[0] !== identitiesAnswer) {
		throw new Error('another message');
	}

	const identities: AgentIdentity[] = [];
	let at = 5;
	const text = () => {
		const start = at + 4;
		at = start + message.readUInt32BE(at);
		return message.subarray(start, at);
	};
	for (let left = message.readUInt32BE(1); left > 0; left -= 1) {
		identities.push({publicKey: Buffer.from(text()), comment: text().toString('utf8')});
	}

	return identities;
}
