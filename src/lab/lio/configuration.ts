import * as z from 'zod';

/**
What the LIO target of a Linux host's kernel is set up to: gone with its power, with `systemctl stop target` and with
`targetcli clearconfig`; `saveconfig.json` outlives it.
*/
export type Lio = Frozen<z.infer<typeof LioSchema>>;
export type Backstore = Lio['backstores'][number];
export type Target = Lio['targets'][number];
type Acl = Target['acls'][number];

type Frozen<T> = T extends object ? {readonly [K in keyof T]: Frozen<T[K]>} : T;

const BackstoreSchema = z.strictObject({
	name: z.string(),
	/** `/dev/NMP1`. */
	device: z.string(),
	/** The unit serial, a UUID: initiators know the device by it. */
	serial: z.string(),
	isReadOnly: z.boolean(),
});

const TargetSchema = z.strictObject({
	iqn: z.string(),
	/** Its one portal group takes logins. */
	isEnabled: z.boolean(),
	/** Attributes of the portal group that differ from their default. */
	attributes: z.record(z.string(), z.string()),
	luns: z.array(z.strictObject({number: z.number().int(), backstore: z.string()})),
	acls: z.array(
		z.strictObject({
			initiator: z.string(),
			luns: z.array(z.strictObject({number: z.number().int(), tpgLun: z.number().int(), isReadOnly: z.boolean()})),
		}),
	),
	/** `0.0.0.0` is every address of the host. */
	portals: z.array(z.strictObject({address: z.string(), port: z.number().int()})),
});

export const LioSchema = z.strictObject({
	backstores: z.array(BackstoreSchema),
	targets: z.array(TargetSchema),
	/** How often the kernel's target was set up: a connection does not outlive that. */
	generation: z.number().int(),
	/** `set hang HOST target`: stopping the service does not come back. */
	hangs: z.boolean(),
	/** `set pdl HOST`: it tells initiators that its devices are gone for good. */
	isLost: z.boolean(),
	/** target.service has read the saved configuration since it was started. */
	isRestored: z.boolean(),
	/** The preference `auto_add_default_portal` of targetcli. */
	addsDefaultPortal: z.boolean(),
});

export const noLio: z.infer<typeof LioSchema> = {
	backstores: [],
	targets: [],
	generation: 0,
	hangs: false,
	isLost: false,
	isRestored: false,
	addsDefaultPortal: true,
};

/** A change that LIO refuses, in the words of targetcli. */
export type Refusal = {readonly refused: string};

export const DEFAULT_PORTAL = {address: '0.0.0.0', port: 3260};

export function addBackstore(lio: Lio, backstore: Backstore): Lio | Refusal {
	const {name, device} = backstore;
	if (findBackstore(lio, name)) {
		return {refused: `Storage object block/${name} exists`};
	}

	return lio.backstores.some(other => other.device === device)
		? {refused: `Cannot configure StorageObject because device ${device} is already in use`}
		: {...lio, backstores: [...lio.backstores, backstore]};
}

/** Takes its LUNs along, and what is mapped to them. */
export function removeBackstore(lio: Lio, name: string): Lio | Refusal {
	if (!findBackstore(lio, name)) {
		return {refused: `No storage object named ${name}.`};
	}

	return {
		...lio,
		backstores: lio.backstores.filter(other => other.name !== name),
		targets: lio.targets.map(target =>
			target.luns
				.filter(lun => lun.backstore === name)
				.reduce((changed, {number}) => withoutLun(changed, number), target),
		),
	};
}

export function addTarget(lio: Lio, iqn: string): Lio | Refusal {
	if (!isWwn(iqn)) {
		return {refused: `WWN not valid as: iqn, naa, eui`};
	}

	return findTarget(lio, iqn)
		? {refused: 'This Target already exists in configFS'}
		: {
				...lio,
				targets: [
					...lio.targets,
					{
						iqn,
						isEnabled: true,
						attributes: {},
						luns: [],
						acls: [],
						portals: lio.addsDefaultPortal ? [DEFAULT_PORTAL] : [],
					},
				],
			};
}

export function removeTarget(lio: Lio, iqn: string): Lio | Refusal {
	return findTarget(lio, iqn)
		? {...lio, targets: lio.targets.filter(target => target.iqn !== iqn)}
		: {refused: `No such Target in configfs: ${iqn}`};
}

/** Maps it for every initiator that has an entry already, as `auto_add_mapped_luns` does. */
export function addLun(lio: Lio, iqn: string, backstore: string, wanted: number | undefined): Lio | Refusal {
	if (!findBackstore(lio, backstore)) {
		return {refused: `Invalid storage object /backstores/block/${backstore}.`};
	}

	return changeTarget(lio, iqn, target => {
		if (target.luns.some(lun => lun.backstore === backstore)) {
			return {refused: `lun for storage object ${backstore} already exists`};
		}

		const number = wanted ?? firstFree(target.luns.map(lun => lun.number));
		return target.luns.some(lun => lun.number === number)
			? {refused: `This LUN already exists in configFS`}
			: {
					...target,
					luns: [...target.luns, {number, backstore}],
					acls: target.acls.map(acl => withMapped(acl, number)),
				};
	});
}

export function removeLun(lio: Lio, iqn: string, number: number): Lio | Refusal {
	return changeTarget(lio, iqn, target =>
		target.luns.some(lun => lun.number === number)
			? withoutLun(target, number)
			: {refused: `No such LUN in configfs: ${number}`},
	);
}

/** With all LUNs that there are, as `auto_add_mapped_luns` does. */
export function addAcl(lio: Lio, iqn: string, initiator: string): Lio | Refusal {
	if (!isWwn(initiator)) {
		return {refused: `WWN not valid as: iqn, naa, eui`};
	}

	return changeTarget(lio, iqn, target =>
		target.acls.some(acl => acl.initiator === initiator)
			? {refused: 'This NodeACL already exists in configFS'}
			: {
					...target,
					acls: [
						...target.acls,
						target.luns.reduce<Acl>((acl, {number}) => withMapped(acl, number), {initiator, luns: []}),
					],
				},
	);
}

export function removeAcl(lio: Lio, iqn: string, initiator: string): Lio | Refusal {
	return changeTarget(lio, iqn, target =>
		target.acls.some(acl => acl.initiator === initiator)
			? {...target, acls: target.acls.filter(acl => acl.initiator !== initiator)}
			: {refused: `No such NodeACL in configfs: ${initiator}`},
	);
}

/** An address of its own takes the place of none: while `0.0.0.0` listens there, the port is taken. */
export function addPortal(lio: Lio, iqn: string, address: string, port: number): Lio | Refusal {
	return changeTarget(lio, iqn, target =>
		target.portals.some(portal => portal.port === port && [address, '0.0.0.0'].includes(portal.address))
			? {refused: 'Could not create NetworkPortal in configFS'}
			: {...target, portals: [...target.portals, {address, port}]},
	);
}

export function removePortal(lio: Lio, iqn: string, address: string, port: number): Lio | Refusal {
	return changeTarget(lio, iqn, target =>
		target.portals.some(portal => portal.address === address && portal.port === port)
			? {...target, portals: target.portals.filter(portal => portal.address !== address || portal.port !== port)}
			: {refused: `No such NetworkPortal in configfs: ${address}:${port}`},
	);
}

export function changeTarget(lio: Lio, iqn: string, change: (target: Target) => Target | Refusal): Lio | Refusal {
	const found = findTarget(lio, iqn);
	if (!found) {
		return {refused: `No such Target in configfs: ${iqn}`};
	}

	const changed = change(found);
	return 'refused' in changed
		? changed
		: {...lio, targets: lio.targets.map(target => (target === found ? changed : target))};
}

/** What the kernel forgets: all of it, and every connection. */
export function cleared(lio: Lio): Lio {
	return {...lio, backstores: [], targets: [], generation: lio.generation + 1, isRestored: false};
}

export function findBackstore(lio: Lio, name: string): Backstore | undefined {
	return lio.backstores.find(backstore => backstore.name === name);
}

export function findTarget(lio: Lio, iqn: string): Target | undefined {
	return lio.targets.find(target => target.iqn === iqn);
}

/** What initiators call the device: LIO's own number and the first 25 digits of the serial. */
export function naaOf({serial}: Backstore): string {
	return `naa.6001405${serial.replaceAll('-', '').slice(0, 25)}`;
}

/** Whether anybody may log in without an entry of his own. */
export function generatesAcls({attributes}: Target): boolean {
	return attributes['generate_node_acls'] === '1';
}

function withMapped(acl: Acl, number: number): Acl {
	return acl.luns.some(lun => lun.number === number)
		? acl
		: {...acl, luns: [...acl.luns, {number, tpgLun: number, isReadOnly: false}]};
}

function withoutLun(target: Target, number: number): Target {
	return {
		...target,
		luns: target.luns.filter(lun => lun.number !== number),
		acls: target.acls.map(acl => ({...acl, luns: acl.luns.filter(({tpgLun}) => tpgLun !== number)})),
	};
}

function firstFree(numbers: readonly number[]): number {
	let number = 0;
	while (numbers.includes(number)) {
		number += 1;
	}

	return number;
}

function isWwn(word: string): boolean {
	return /^(iqn\.\d{4}-\d{2}\.[a-z0-9-]+(\.[a-z0-9-]+)*(:[^\s_]+)?|eui\.[0-9a-f]{16}|naa\.[0-9a-f]{16,32})$/i.test(
		word,
	);
}
