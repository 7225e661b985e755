import ssh2 from 'ssh2';
import type {CommandIo, LabCommand} from '../host.js';

/** `ssh-keygen -t TYPE -f FILE -N ""`: a real pair. Without `-N` it would ask, and there is nobody to answer. */
export function sshKeygen(): LabCommand {
	return {name: 'ssh-keygen', run: keygen};
}

async function keygen(args: readonly string[], io: CommandIo): Promise<number> {
	const after = (option: string) => {
		const at = args.indexOf(option);
		return at === -1 ? undefined : args[at + 1];
	};
	const type = after('-t') ?? 'rsa';
	const file = io.fs.resolvePath(io.cwd, after('-f') ?? `${io.env['HOME'] ?? '/root'}/.ssh/id_${type}`);
	if (type !== 'rsa' && type !== 'ecdsa' && type !== 'ed25519') {
		io.err(`unknown key type ${type}\n`);
		return 1;
	}

	if (await io.fs.exists(file)) {
		io.out(`${file} already exists.\nOverwrite (y/n)? `);
		if (!/^y/i.test(await io.stdin())) {
			return 1;
		}
	}

	const comment = after('-C') ?? `${io.user}@${(await io.fs.readFile('/etc/hostname')).trim()}`;
	const pair =
		type === 'ed25519'
			? ssh2.utils.generateKeyPairSync('ed25519', {comment})
			: type === 'ecdsa'
				? ssh2.utils.generateKeyPairSync('ecdsa', {bits: 256, comment})
				: ssh2.utils.generateKeyPairSync('rsa', {bits: Number(after('-b') ?? 2048), comment});
	const folder = io.fs.resolvePath(file, '..');
	if (!(await io.fs.exists(folder))) {
		await io.fs.mkdir(folder, {recursive: true});
		await io.fs.chmod(folder, 0o700);
	}

	await io.fs.writeFile(file, pair.private);
	await io.fs.chmod(file, 0o600);
	await io.fs.writeFile(`${file}.pub`, `${pair.public}\n`);
	io.out(
		args.includes('-q')
			? ''
			: `Generating public/private ${type} key pair.\nYour identification has been saved in ${file}.\nYour public key has been saved in ${file}.pub.\n`,
	);
	return 0;
}
