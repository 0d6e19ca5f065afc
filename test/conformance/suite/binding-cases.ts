import { bindingFailingCases } from './binding-failing-cases.ts';
import { lookupCases } from './binding-lookup-cases.ts';
import { bindingReadingCases } from './binding-reading-cases.ts';
import { bindingRefusingCases } from './binding-refusing-cases.ts';
import type { BindingCase } from './binding-scenario.ts';
import { bindingWritingCases } from './binding-writing-cases.ts';

/** The duties of every provider with `capabilities.bindings`. */
export const bindingCases: readonly BindingCase[] = [
  ...lookupCases,
  ...bindingReadingCases,
  ...bindingWritingCases,
  ...bindingRefusingCases,
  ...bindingFailingCases,
];
