import {type Cluster, mirrorHalf, resourcesOf, serversOf} from './cluster.js';
import {colourOf} from './mirror.js';

/** `clpmdstat -l`. */
export function mirrorList(cluster: Cluster): string {
	return resourcesOf(cluster)
		.flatMap(({type, name}) => (type === 'md' ? [`<${name}>\n`] : []))
		.join('');
}

/** `clpmdstat -m NAME` as `viewer` knows it, its own data first. Layout: the notes on the domain, 3.7, where it is a guess. */
export function mirrorStatus(cluster: Cluster, mirror: string, viewer: string, now: number): string {
	const servers = [viewer, ...serversOf(cluster).filter(each => each !== viewer)];
	const colours = servers.map(each => colourOf(cluster, mirror, viewer, each));
	const copy = cluster.copies[mirror];
	const columns = (first: string, cells: readonly string[]) =>
		` ${[first, ...cells]
			.map(cell => cell.padEnd(21))
			.join('')
			.trimEnd()}\n`;
	const isConstructed = servers.some(each => mirrorHalf(cluster, each, mirror).constructed);
	const status =
		copy !== undefined
			? 'Recovering'
			: !isConstructed
				? 'No Construction'
				: colours.every(colour => colour === 'GREEN')
					? 'Normal'
					: 'Abnormal';
	return [
		` Mirror Status: ${status}\n\n`,
		columns(mirror, servers),
		` ${'-'.repeat(60)}\n`,
		columns('Mirror Color', colours),
		...(copy === undefined ? [] : recovery(copy, now, columns)),
	].join('');
}

function recovery(
	{from, to, since, until}: Cluster['copies'][string],
	now: number,
	columns: (first: string, cells: readonly string[]) => string,
): readonly string[] {
	const share = Math.min(1, Math.max(0, (now - since) / (until - since)));
	return [
		columns('', ['Recovery Status Value']),
		columns('', ['-'.repeat(41)]),
		columns('Status:', ['Recovering']),
		columns('Direction:', [`${from} -> ${to}`]),
		columns('Percent:', [`${Math.floor(share * 100)}%`]),
		columns('Used Time:', [clockOf(now - since)]),
		columns('Remain Time:', [clockOf(Math.max(0, until - now))]),
		columns('Iteration Times:', ['1/1']),
	];
}

/** > | 00:04:39 */
function clockOf(ms: number): string {
	const seconds = Math.floor(ms / 1000);
	return [seconds / 3600, (seconds / 60) % 60, seconds % 60]
		.map(part => String(Math.floor(part)).padStart(2, '0'))
		.join(':');
}
