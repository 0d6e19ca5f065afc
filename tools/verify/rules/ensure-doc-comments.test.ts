import { expect, test } from 'vitest';
import { problemsIn } from '../rule-fixture.ts';
import { ensureDocComments } from './ensure-doc-comments.ts';

/** A room whose index exports everything of a file. */
const room = (text: string) => ({ 'src/lib/index.ts': "export * from './a.ts';", 'src/lib/a.ts': text });

test.each([
  { reason: 'what is documented', text: '/** A. */ export interface A {\n/** B. */ b(): void }\n/** C. */ export const c = 1;' },
  { reason: 'what is not exported', text: 'interface A { b(): void }\nfunction f() {}\nclass C { d() {} }' },
  { reason: 'plain properties', text: '/** A. */ export interface A { readonly name: string }' },
  {
    reason: 'members that an interface demands',
    text: '/** I. */ export interface I {\n/** F. */ f(): void }\n/** C. */ export class C implements I { f() {} }',
  },
  {
    reason: 'members that a base of the interface demands',
    text: '/** I. */ export interface I {\n/** F. */ f(): void }\n/** J. */ export interface J extends I {}\n/** C. */ export class C implements J { f() {} }',
  },
  { reason: 'what overrides', text: '/** C. */ export class C extends Error { override toString() { return ""; } }' },
  {
    reason: 'hidden members and constructors',
    text: '/** C. */ export class C { constructor() {}\n #f() {}\n private g() {}\n async [Symbol.asyncDispose]() {} }',
  },
  {
    reason: 'overloads, described once',
    text: '/** F. */ export function f(a: string): void;\nexport function f(a: number): void;\nexport function f() {}',
  },
])('allows $reason', ({ text }) => {
  expect(problemsIn(ensureDocComments, room(text))).toEqual([]);
});

test.each([
  { reason: 'no index exports the class', index: "export * from './b.ts';" },
  { reason: 'the index exports other names of the file', index: "export { other } from './a.ts';" },
])('leaves members to judgement where $reason', ({ index }) => {
  const files = { 'src/lib/index.ts': index, 'src/lib/a.ts': '/** A. */ export class A { b() {} }' };
  expect(problemsIn(ensureDocComments, files)).toEqual([]);
});

test('wants members documented where the index exports the class by name', () => {
  const files = { 'src/lib/index.ts': "export { A } from './a.ts';", 'src/lib/a.ts': '/** A. */ export class A { b() {} }' };
  expect(problemsIn(ensureDocComments, files)).toHaveLength(1);
});

test('allows what is in tests and tools', () => {
  expect(problemsIn(ensureDocComments, { 'src/lib/a.test.ts': 'export const a = 1;', 'tools/a.ts': 'export const a = 1;' })).toEqual([]);
});

test.each([
  { reason: 'a function', text: 'export function f() {}', says: /f is exported/ },
  { reason: 'a constant', text: 'export const c = 1;', says: /c is exported/ },
  { reason: 'a type', text: 'export type T = 1;', says: /T is exported/ },
  { reason: 'an empty comment', text: '/** */ export class C {}', says: /C is exported/ },
  { reason: 'a line comment', text: '// No doc comment.\nexport class C {}', says: /C is exported/ },
  { reason: 'a method of an interface', text: '/** A. */ export interface A { b(): void }', says: /A\.b/ },
  { reason: 'a function as a property', text: '/** A. */ export interface A { readonly b: () => void }', says: /A\.b/ },
  { reason: 'a method of a class', text: '/** A. */ export class A { b() {} }', says: /A\.b/ },
  { reason: 'a static method', text: '/** A. */ export class A { static b() {} }', says: /A\.b/ },
  { reason: 'an accessor', text: '/** A. */ export class A { get b() { return 1; } }', says: /A\.b/ },
  {
    reason: 'more than the interface demands',
    text: '/** I. */ export interface I {}\n/** C. */ export class C implements I { f() {} }',
    says: /C\.f/,
  },
])('refuses $reason without a doc comment', ({ text, says }) => {
  expect(problemsIn(ensureDocComments, room(text))).toEqual([expect.stringMatching(says)]);
});
