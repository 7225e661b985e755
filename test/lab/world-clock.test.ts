import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {WorldClock} from '../../src/lab/world-clock.js';

beforeEach(() => {
	vi.useFakeTimers();
});
afterEach(() => {
	vi.useRealTimers();
});

test('once it is stopped nothing that still ends sets it going again: its process can end', async () => {
	const clock = new WorldClock({now: 0, speed: 1, mayMove: () => true, arrived: () => {}});
	const asleep = clock.sleep(600_000);
	clock.enterWork();
	clock.leaveWork();
	expect(vi.getTimerCount()).toBe(1);

	clock.enterWork();
	clock.stop();
	clock.leaveWork();
	clock.expect(1000);

	expect(vi.getTimerCount()).toBe(0);
	await asleep;
});
