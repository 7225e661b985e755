import {type Backstore, generatesAcls, type Lio, type Target} from './configuration.js';

/** One place in the tree of targetcli. */
export type Place = {
	readonly name: string;
	readonly path: string;
	readonly says: string;
	readonly below: readonly Place[];
};

/** As wide as the lines of recorded sessions. */
const WIDTH = 116;

/** The whole tree; `bytesOf` is the size of a device, undefined: it is not there. */
export function treeOf(lio: Lio, bytesOf: (device: string) => number | undefined): Place {
	const block = place(
		'/backstores/block',
		`Storage Objects: ${lio.backstores.length}`,
		lio.backstores.map(each => backstore(lio, each, bytesOf)),
	);
	const iscsi = place(
		'/iscsi',
		`Targets: ${lio.targets.length}`,
		lio.targets.map(each => target(lio, each)),
	);
	return {
		name: '/',
		path: '/',
		says: '...',
		below: [place('/backstores', '...', [block]), iscsi, place('/loopback', 'Targets: 0', [])],
	};
}

export function findPlace(tree: Place, path: string): Place | undefined {
	return tree.path === path ? tree : tree.below.flatMap(below => findPlace(below, path) ?? []).at(0);
}

/** As `ls` prints it; `depth` undefined: to the leaves. */
export function drawn(tree: Place, depth: number | undefined, indent = '', isTop = true, isLast = true): string {
	const head = `${indent}o- ${tree.name} `;
	const tail = ` [${tree.says}]`;
	const line = `${head}${'.'.repeat(Math.max(3, WIDTH - head.length - tail.length))}${tail}\n`;
	const next = isTop ? `${indent}  ` : `${indent}${isLast ? '  ' : '| '}`;
	return depth === 0
		? line
		: line +
				tree.below
					.map((below, index) =>
						drawn(below, depth === undefined ? undefined : depth - 1, next, false, index === tree.below.length - 1),
					)
					.join('');
}

function place(path: string, says: string, below: readonly Place[]): Place {
	return {name: path.slice(path.lastIndexOf('/') + 1), path, says, below};
}

function backstore(lio: Lio, {name, device}: Backstore, bytesOf: (device: string) => number | undefined): Place {
	const isUsed = lio.targets.some(({luns}) => luns.some(lun => lun.backstore === name));
	const size = ((bytesOf(device) ?? 0) / 1024 ** 3).toFixed(1);
	return place(
		`/backstores/block/${name}`,
		`${device} (${size}GiB) write-thru ${isUsed ? 'activated' : 'deactivated'}`,
		[],
	);
}

function target(lio: Lio, {iqn, ...own}: Target): Place {
	const path = `/iscsi/${iqn}`;
	return place(path, 'TPGs: 1', [portalGroup(lio, `${path}/tpg1`, {iqn, ...own})]);
}

function portalGroup(lio: Lio, path: string, group: Target): Place {
	const device = (name: string) => lio.backstores.find(each => each.name === name)?.device ?? '';
	const backstoreOf = (number: number) => group.luns.find(lun => lun.number === number)?.backstore ?? '';
	const acls = group.acls.map(({initiator, luns}) =>
		place(
			`${path}/acls/${initiator}`,
			`Mapped LUNs: ${luns.length}`,
			luns.map(({number, tpgLun, isReadOnly}) =>
				place(
					`${path}/acls/${initiator}/mapped_lun${number}`,
					`lun${tpgLun} block/${backstoreOf(tpgLun)} (${isReadOnly ? 'ro' : 'rw'})`,
					[],
				),
			),
		),
	);
	const luns = group.luns.map(({number, backstore: name}) =>
		place(`${path}/luns/lun${number}`, `block/${name} (${device(name)}) (default_tg_pt_gp)`, []),
	);
	const portals = group.portals.map(({address, port}) => place(`${path}/portals/${address}:${port}`, 'OK', []));
	const says = group.isEnabled ? `${generatesAcls(group) ? 'gen-acls' : 'no-gen-acls'}, no-auth` : 'disabled';
	return place(path, says, [
		place(`${path}/acls`, `ACLs: ${acls.length}`, acls),
		place(`${path}/luns`, `LUNs: ${luns.length}`, luns),
		place(`${path}/portals`, `Portals: ${portals.length}`, portals),
	]);
}
