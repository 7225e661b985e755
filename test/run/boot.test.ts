import {expect, test} from 'vitest';
import {bootSince, isSameBoot} from '../../src/run/boot.js';

test('a drawn identity is the same only to the letter', () => {
	expect(isSameBoot('5c3f1a52-9be4', '5c3f1a52-9be4')).toBe(true);
	expect(isSameBoot('5c3f1a52-9be4', '5c3f1a52-9be5')).toBe(false);
});

test('a boot known by its time is the same where the times differ by what clocks do', () => {
	const booted = Date.UTC(2026, 10, 20, 10);
	expect(isSameBoot(bootSince(booted), bootSince(booted + 59_400))).toBe(true);
	expect(isSameBoot(bootSince(booted), bootSince(booted + 90_000))).toBe(false);
	expect(isSameBoot(bootSince(booted), '5c3f1a52-9be4')).toBe(false);
});
