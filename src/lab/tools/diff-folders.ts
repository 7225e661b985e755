import type {IFileSystem} from 'just-bash';
import type {Process} from '../process/process.js';

/** `diff` of two files by their paths: 0 the same, 1 not, 2 trouble. */
type DiffFiles = (options: readonly string[], one: string, other: string) => Promise<number>;

/** `diff -r ONE OTHER` of two folders; undefined: it is another call, which the tool for files answers. */
export async function diffFolders(
	process: Process,
	args: readonly string[],
	fs: IFileSystem,
	diffFiles: DiffFiles,
): Promise<number | undefined> {
	const isRecursive = (word: string) => /^-[a-zA-Z]*r/.test(word) || word === '--recursive';
	const [one, other, ...more] = args.filter(word => !word.startsWith('-'));
	if (!args.some(isRecursive) || one === undefined || other === undefined || more.length > 0) {
		return undefined;
	}

	const options = args.filter(word => word.startsWith('-'));
	const plain = options.flatMap(word => (isRecursive(word) ? ownLetters(word) : [word]));
	const isFolder = async (path: string) => {
		const place = fs.resolvePath(process.cwd, path);
		return (await fs.exists(place)) && (await fs.stat(place)).isDirectory;
	};
	const isSame = async (first: string, second: string) => {
		const [one, other] = [first, second].map(path => fs.readFileBuffer(fs.resolvePath(process.cwd, path)));
		return Buffer.compare((await one) ?? new Uint8Array(), (await other) ?? new Uint8Array()) === 0;
	};
	const walk = async (first: string, second: string): Promise<number> => {
		const names = [first, second].map(async path => fs.readdir(fs.resolvePath(process.cwd, path)));
		const [left = [], right = []] = await Promise.all(names);
		let status = 0;
		for (const name of [...new Set([...left, ...right])].sort()) {
			const [a, b] = [`${first}/${name}`, `${second}/${name}`];
			if (!left.includes(name) || !right.includes(name)) {
				await process.out(`Only in ${left.includes(name) ? first : second}: ${name}\n`);
				status = Math.max(status, 1);
			} else if ((await isFolder(a)) && (await isFolder(b))) {
				status = Math.max(status, await walk(a, b));
			} else if (!(await isSame(a, b))) {
				await process.out(
					plain.some(word => /^-[a-zA-Z]*q|^--brief$/.test(word)) ? '' : `diff ${options.join(' ')} ${a} ${b}\n`,
				);
				status = Math.max(status, await diffFiles(plain, a, b));
			}
		}

		return status;
	};
	return (await isFolder(one)) && (await isFolder(other)) ? walk(one, other) : diffFiles(plain, one, other);
}

/** `-rq` -> `-q`. */
function ownLetters(word: string): readonly string[] {
	const left = word.startsWith('--') ? '' : word.slice(1).replaceAll(/r/gi, '');
	return left === '' ? [] : [`-${left}`];
}
