import type {Cluster, Mirror} from './cluster.js';
import {colourOf, RECOVERY_MS} from './mirror.js';

/** `clpmdstat -l`. */
export function mirrorList(cluster: Cluster): string {
	return cluster.groups.flatMap(({mirror}) => (mirror === undefined ? [] : `<${mirror.name}>\n`)).join('');
}

/** `clpmdstat -m NAME` as `host` knows it, its own data first. Layout: the notes on the domain, 3.7, where it is a guess. */
export function mirrorStatus(cluster: Cluster, mirror: Mirror, host: string, now: number): string {
	const servers = [host, ...cluster.hosts.filter(each => each !== host)];
	const colours = servers.map(each => colourOf(cluster, mirror, host, each));
	const {recovering} = mirror;
	const columns = (first: string, cells: readonly string[]) =>
		` ${[first, ...cells]
			.map(cell => cell.padEnd(21))
			.join('')
			.trimEnd()}\n`;
	const status =
		recovering !== undefined ? 'Recovering' : colours.every(colour => colour === 'GREEN') ? 'Normal' : 'Abnormal';
	const percent = recovering === undefined ? 0 : Math.floor(100 - ((recovering.until - now) / RECOVERY_MS) * 100);
	return [
		` Mirror Status: ${status}\n\n`,
		columns(mirror.name, servers),
		` ${'-'.repeat(60)}\n`,
		columns('Mirror Color', colours),
		...(recovering === undefined
			? []
			: [
					columns('', ['Recovery Status Value']),
					columns('', ['-'.repeat(41)]),
					columns('Status:', ['Recovering']),
					columns('Direction:', [`${recovering.from} -> ${recovering.host}`]),
					columns('Percent:', [`${Math.max(0, percent)}%`]),
				]),
	].join('');
}
