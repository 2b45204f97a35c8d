import { declarations, identifiers, splitTopLevel, takeAttributes, withoutComments } from './lexing';

/** A buffer a shader declares: `@group(0) @binding(1) var<storage, read_write> out: array<f32>`. */
export interface Binding {
  readonly name: string;
  /** Expressions as they are written, as in '0' or 'SLOT'. */
  readonly group: string;
  readonly binding: string;
  /** 'handle' stands for textures and samplers. */
  readonly space: 'uniform' | 'storage' | 'handle';
  readonly writable: boolean;
  /** Without white space, as in 'array<vec4<f32>>'. */
  readonly type: string;
}

export interface Override {
  readonly name: string;
  /** What WebGPU knows it by: its name, or the number of `@id(number)`. */
  readonly key: string;
  readonly initial?: string;
}

export interface Member {
  readonly name: string;
  readonly type: string;
  readonly align?: string;
  readonly size?: string;
}

/** What a WGSL text declares, as far as a host has to know it and WebGPU does not tell. */
export interface WgslModule {
  readonly structs: ReadonlyMap<string, readonly Member[]>;
  readonly aliases: ReadonlyMap<string, string>;
  readonly constants: ReadonlyMap<string, string>;
  readonly overrides: ReadonlyMap<string, Override>;
  readonly bindings: ReadonlyMap<string, Binding>;
  /** Compute entry points and the expressions of their workgroup size. */
  readonly entries: ReadonlyMap<string, readonly string[]>;
  /** Each declaration's text without comments. */
  readonly text: ReadonlyMap<string, string>;
}

const KEYWORDS = ['struct', 'alias', 'const', 'override', 'var', 'fn'];

/** Finds the declarations of a WGSL text. It need not compile: what is not understood is left out. */
export function scan(source: string): WgslModule {
  const structs = new Map<string, readonly Member[]>();
  const aliases = new Map<string, string>();
  const constants = new Map<string, string>();
  const overrides = new Map<string, Override>();
  const bindings = new Map<string, Binding>();
  const entries = new Map<string, readonly string[]>();
  const text = new Map<string, string>();
  for (const declaration of declarations(withoutComments(source))) {
    const { attributes, rest } = takeAttributes(declaration);
    const [, keyword, template, name, tail] = /^(\w+)\s*(?:<([^>]*)>)?\s*(\w+)\s*(.*)$/s.exec(rest) ?? [];
    if (!keyword || !name || !KEYWORDS.includes(keyword)) continue;
    text.set(name, declaration);
    switch (keyword) {
      case 'struct':
        structs.set(name, membersOf(tail));
        break;
      case 'alias':
        aliases.set(name, compact(tail.replace(/^=/, '')));
        break;
      case 'const':
        constants.set(name, initialOf(tail) ?? '');
        break;
      case 'override':
        overrides.set(name, { name, key: attributes.get('id') ?? name, initial: initialOf(tail) });
        break;
      case 'var':
        if (attributes.has('binding')) bindings.set(name, bindingOf(name, template, tail, attributes));
        break;
      case 'fn':
        if (attributes.has('compute'))
          entries.set(name, splitTopLevel(attributes.get('workgroup_size') ?? '1'));
        break;
    }
  }
  return { structs, aliases, constants, overrides, bindings, entries, text };
}

/** The names of all that an entry point uses, itself or by way of what it uses. */
export function reachable(module: WgslModule, entry: string): ReadonlySet<string> {
  const found = new Set([entry]);
  for (const name of found) {
    for (const used of identifiers(module.text.get(name) ?? '')) if (module.text.has(used)) found.add(used);
  }
  return found;
}

/** Whether what an entry point uses asks for the length of a buffer: its bounds then follow the bound range. */
export function asksLength(module: WgslModule, used: ReadonlySet<string>, buffer: string): boolean {
  const calls = [...used].flatMap((name) => [
    ...(module.text.get(name) ?? '').matchAll(/\barrayLength\s*\(\s*(&?)\s*(\w+)/g),
  ]);
  // A pointer that was passed on may be to any buffer.
  return calls.some(([, direct, name]) => direct === '' || name === buffer);
}

const compact = (text: string) => text.replace(/\s+/g, '');

const initialOf = (tail: string) => /=(.*)$/s.exec(tail)?.[1].trim();

function bindingOf(
  name: string,
  template: string | undefined,
  tail: string,
  attributes: ReadonlyMap<string, string>,
): Binding {
  const [space = 'handle', access = 'read'] = template?.split(',').map((part) => part.trim()) ?? [];
  return {
    name,
    group: attributes.get('group') ?? '0',
    binding: attributes.get('binding') ?? '0',
    space: space === 'uniform' || space === 'storage' ? space : 'handle',
    writable: space === 'storage' && access !== 'read',
    type: compact(tail.replace(/^:/, '')),
  };
}

function membersOf(body: string): Member[] {
  const inner = body.replace(/^\s*\{/, '').replace(/\}\s*$/, '');
  return splitTopLevel(inner, '<>').flatMap((member) => {
    const { attributes, rest } = takeAttributes(member);
    const [, name, type] = /^(\w+)\s*:\s*(.+)$/s.exec(rest) ?? [];
    if (!name) return [];
    return [{ name, type: compact(type), align: attributes.get('align'), size: attributes.get('size') }];
  });
}
