import * as z from 'zod';
import type {Lio} from './configuration.js';

/** Where `targetcli saveconfig` writes, and where target.service reads. */
export const SAVECONFIG = '/etc/target/saveconfig.json';

/** What the lab writes and reads of rtslib's file; other keys are let be. */
const SavedSchema = z.looseObject({
	storage_objects: z
		.array(
			z.looseObject({
				plugin: z.string(),
				name: z.string(),
				dev: z.string().default(''),
				wwn: z.string().default(''),
				readonly: z.boolean().default(false),
			}),
		)
		.default([]),
	targets: z
		.array(
			z.looseObject({
				wwn: z.string(),
				tpgs: z
					.array(
						z.looseObject({
							enable: z.boolean().default(true),
							attributes: z.record(z.string(), z.union([z.number(), z.string()])).default({}),
							luns: z.array(z.looseObject({index: z.number().int(), storage_object: z.string()})).default([]),
							node_acls: z
								.array(
									z.looseObject({
										node_wwn: z.string(),
										mapped_luns: z
											.array(
												z.looseObject({
													index: z.number().int(),
													tpg_lun: z.number().int(),
													write_protect: z.boolean().default(false),
												}),
											)
											.default([]),
									}),
								)
								.default([]),
							portals: z.array(z.looseObject({ip_address: z.string(), port: z.number().int()})).default([]),
						}),
					)
					.default([]),
			}),
		)
		.default([]),
});

/** The text of saveconfig.json. Source of its shape: rtslib-fb, `RTSRoot.dump`; keys in alphabetical order, indented by two. */
export function saveconfigText(lio: Lio): string {
	const saved = {
		fabric_modules: [],
		storage_objects: lio.backstores.map(({name, device, serial, isReadOnly}) => ({
			attributes: {block_size: 512, emulate_3pc: 1, emulate_caw: 1, emulate_tpu: 0, emulate_tpws: 0},
			dev: device,
			name,
			plugin: 'block',
			readonly: isReadOnly,
			write_back: false,
			wwn: serial,
		})),
		targets: lio.targets.map(({iqn, isEnabled, attributes, luns, acls, portals}) => ({
			fabric: 'iscsi',
			tpgs: [
				{
					attributes: Object.fromEntries(
						Object.entries({authentication: '0', generate_node_acls: '0', ...attributes}).map(([key, value]) => [
							key,
							/^\d+$/.test(value) ? Number(value) : value,
						]),
					),
					enable: isEnabled,
					luns: luns.map(({number, backstore}) => ({
						alua_tg_pt_gp_name: 'default_tg_pt_gp',
						index: number,
						storage_object: `/backstores/block/${backstore}`,
					})),
					node_acls: acls.map(acl => ({
						mapped_luns: acl.luns.map(({number, tpgLun, isReadOnly}) => ({
							index: number,
							tpg_lun: tpgLun,
							write_protect: isReadOnly,
						})),
						node_wwn: acl.initiator,
					})),
					parameters: {AuthMethod: 'CHAP,None', ErrorRecoveryLevel: '0', MaxConnections: '1'},
					portals: portals.map(({address, port}) => ({ip_address: address, iser: false, offload: false, port})),
					tag: 1,
				},
			],
			wwn: iqn,
		})),
	};
	return `${JSON.stringify(saved, undefined, 2)}\n`;
}

/** What a file would set up, and what of it could not be, in rtslib's manner; undefined: it is no such file. */
export function readSaveconfig(
	text: string,
	isDevice: (path: string) => boolean,
): {readonly lio: Pick<Lio, 'backstores' | 'targets'>; readonly errors: readonly string[]} | undefined {
	const read = SavedSchema.safeParse(parsed(text));
	if (!read.success) {
		return undefined;
	}

	const errors: string[] = [];
	const backstores = read.data.storage_objects.flatMap(({plugin, name, dev, wwn, readonly: isReadOnly}) => {
		if (plugin !== 'block' || !isDevice(dev)) {
			errors.push(
				plugin === 'block'
					? `Could not create StorageObject ${name}: device ${dev} does not exist, skipped`
					: `Could not create StorageObject ${name}: the plugin ${plugin} is not there, skipped`,
			);
			return [];
		}

		return [{name, device: dev, serial: wwn, isReadOnly}];
	});
	const targets = read.data.targets.flatMap(({wwn, tpgs}) =>
		tpgs.slice(0, 1).map(({enable, attributes, luns, node_acls, portals}) => {
			const there = luns.flatMap(({index, storage_object}) => {
				const name = storage_object.slice(storage_object.lastIndexOf('/') + 1);
				if (backstores.some(backstore => backstore.name === name)) {
					return [{number: index, backstore: name}];
				}

				errors.push(`Could not find matching StorageObject for LUN ${index}, skipped`);
				return [];
			});
			return {
				iqn: wwn,
				isEnabled: enable,
				attributes: withoutDefaults(attributes),
				luns: there,
				acls: node_acls.map(({node_wwn, mapped_luns}) => ({
					initiator: node_wwn,
					luns: mapped_luns.flatMap(({index, tpg_lun, write_protect}) => {
						if (there.some(({number}) => number === tpg_lun)) {
							return [{number: index, tpgLun: tpg_lun, isReadOnly: write_protect}];
						}

						errors.push(`Could not find matching TPG LUN ${tpg_lun} for MappedLUN ${index}, skipped`);
						return [];
					}),
				})),
				portals: portals.map(({ip_address, port}) => ({address: ip_address, port})),
			};
		}),
	);
	return {lio: {backstores, targets}, errors};
}

function withoutDefaults(attributes: Readonly<Record<string, number | string>>): Readonly<Record<string, string>> {
	const defaults = new Set(['authentication', 'generate_node_acls']);
	return Object.fromEntries(
		Object.entries(attributes)
			.map(([key, value]) => [key, String(value)] as const)
			.filter(([key, value]) => !defaults.has(key) || value !== '0'),
	);
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
