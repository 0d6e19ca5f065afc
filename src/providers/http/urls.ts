import { ProviderError } from '../../model/index.ts';

/** Names of the `{…}` places of a path template. */
export type PathParameters<Template extends string> = Template extends `${string}{${infer Name}}${infer Rest}`
  ? Name | PathParameters<Rest>
  : never;

/**
 * A path template with its `{…}` places filled. Values are percent-encoded; one that would change the meaning of the path
 * (empty, `.`, `..`) is `invalid`, because URLs resolve such segments and another resource would be addressed.
 */
export function fillPath<Template extends string>(template: Template, values: Readonly<Record<PathParameters<Template>, string>>): string {
  const known = new Map<string, string>(Object.entries(values));
  return template.replaceAll(/\{([^}]+)\}/g, (_place, name: string) => {
    const value = known.get(name);
    if (value === undefined || value === '' || value === '.' || value === '..') {
      throw new ProviderError('invalid', `${JSON.stringify(value ?? '')} can't be the ${name} in ${template}`, { operation: template });
    }
    return encodeURIComponent(value.toWellFormed());
  });
}

/** What the settings of every provider say about its address. */
export interface EndpointSettings {
  readonly allowInsecureHTTP?: boolean;
}

/**
 * A base URL in its one canonical spelling: lower-case scheme and host, no default port, no slash at the end. Throws
 * `invalid` when it isn't http(s), carries credentials, a query or a fragment.
 */
export function canonicalBaseURL(text: string): string {
  if (!URL.canParse(text)) throw badBaseURL(text, 'it is not a URL');
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw badBaseURL(text, 'it must begin with https://');
  if (url.username !== '' || url.password !== '') throw badBaseURL('(not shown)', 'it must not hold credentials');
  if (url.search !== '' || url.hash !== '') throw badBaseURL(text, 'it must not have a query or a fragment');
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

/** The canonical base URL to send credentials to. Throws `invalid` when it isn't encrypted and the settings don't allow that. */
export function connectableBaseURL(text: string, settings: EndpointSettings): string {
  const url = canonicalBaseURL(text);
  if (url.startsWith('http://') && settings.allowInsecureHTTP !== true) {
    throw badBaseURL(text, 'credentials would be sent unencrypted; use https://, or set allowInsecureHTTP: true for an emulator');
  }
  return url;
}

/** Query parameters of a call; undefined ones are left out. */
export type Query = Readonly<Record<string, string | number | undefined>>;

/** The absolute URL of a call. `path` begins with `/` and is encoded. */
export function callURL(baseURL: string, path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) search.append(name, String(value));
  }
  return `${baseURL}${path}${search.size === 0 ? '' : `?${search}`}`;
}

function badBaseURL(text: string, why: string): ProviderError {
  return new ProviderError('invalid', `The base URL ${text} can't be used: ${why}`, { operation: 'connect' });
}
