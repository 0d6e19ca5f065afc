import { expect, test } from 'vitest';
import { formatListenAddress, parseListenAddress } from './listen-address.ts';

test.each([
  { reason: 'a bare port listens on all interfaces', text: ':8080', want: { port: 8080 } },
  { reason: 'an IPv4 address', text: '127.0.0.1:0', want: { host: '127.0.0.1', port: 0 } },
  { reason: 'a host name', text: 'localhost:65535', want: { host: 'localhost', port: 65_535 } },
  { reason: 'IPv6 stands in brackets, as in a URL', text: '[::1]:9', want: { host: '::1', port: 9 } },
])('reads and writes $text: $reason', ({ text, want }) => {
  expect(parseListenAddress(text)).toEqual(want);
  expect(formatListenAddress(want)).toBe(text);
});

test.each([
  { reason: 'no port', text: '127.0.0.1' },
  { reason: 'no colon', text: '8080' },
  { reason: 'beyond the last port', text: ':65536' },
  { reason: 'a URL', text: 'http://127.0.0.1:80' },
  { reason: 'IPv6 without brackets is ambiguous', text: '::1:80' },
  { reason: 'nothing', text: '' },
])('refuses "$text": $reason', ({ text }) => {
  expect(parseListenAddress(text)).toBeUndefined();
});
